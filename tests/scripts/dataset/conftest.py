"""Files of data as people have them, and a repository to describe them in."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.values import strict_yaml
from scripts.main import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Desk:
    """A repository, and what the command said and wrote last."""

    top: Path
    outside: Path
    captured: pytest.CaptureFixture[str]

    def file(self, data: bytes | str, name: str = "loans.csv") -> Path:
        path = self.outside / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main([*words, "--repo", str(self.top)])
        said = self.captured.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    def new(self, path: Path, *words: str) -> str:
        """Describe a file that can be described; return what was said."""
        code, said, failed = self.run("dataset", "new", str(path), *words)
        assert code == 0, failed
        return said

    def refused(self, path: Path, *words: str) -> str:
        """Describe a file that cannot be; return what was said, when nothing was written."""
        code, said, failed = self.run("dataset", "new", str(path), *words)
        assert (code, said) == (1, "")
        assert not list(self.top.glob("datasets/*/*"))
        return failed

    def spec(self, name: str = "loans") -> dict[str, Any]:
        found = strict_yaml.load((self.top / f"datasets/{name}/dataset.yaml").read_bytes(), "x").value["spec"]
        assert isinstance(found, dict)
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    top, outside = tmp_path / "repository", tmp_path / "outside"
    outside.mkdir()
    subprocess.run(["git", "init", "--quiet", top], check=True)
    return Desk(top, outside, capsys)


def rows(count: int = 60, **columns: Any) -> str:
    """Return a CSV file of rows; each column is a function of the row's number."""
    made = {"paid": lambda i: "yes" if i % 3 else "no", **columns}
    lines = [",".join(made), *(",".join(str(column(i)) for column in made.values()) for i in range(count))]
    return "".join(f"{line}\n" for line in lines)
