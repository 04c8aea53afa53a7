"""The policies of this repository, as files and as trial policies."""

from pathlib import Path

import pytest

from scripts.policy import suites

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    folder = ROOT / "policies" / "rules"
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def policies(files: dict[str, bytes]) -> dict[str, suites.Trial]:
    names = sorted({path.split("/")[2] for path in files})
    return {name: suites.load(name, files) for name in names}
