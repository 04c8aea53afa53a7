"""The workflows: safe to run on anybody's pull request, well formed, and telling the pipeline as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from counterseal.documents import codeowners, places
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.trust import Trust
from counterseal.values import strict_yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github/workflows"
TOOLS = Path(sys.executable).parent
ZIZMOR = (TOOLS / "zizmor", "--offline", "--quiet", "--no-config", "--persona", "pedantic")
SCHEMA = (TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows")
CHECKERS = pytest.mark.parametrize("checker", [ZIZMOR, SCHEMA], ids=["zizmor", "schema"])


def workflow(name: str = "ci") -> dict[str, Any]:
    path = FOLDER / f"{name}.yml"
    found: dict[str, Any] = strict_yaml.load(path.read_bytes(), str(path)).value
    return found


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"][job]["steps"]
    return found


def check(checker: tuple[Path | str, ...], path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*checker, path], capture_output=True, text=True, check=False)


def test_the_workflow_tells_the_steps_of_the_pipeline_in_their_order() -> None:
    pipeline = Pipeline.read((ROOT / places.PIPELINE).read_bytes(), places.PIPELINE)
    told = [step["name"].split(" → ") for step in steps("pipeline") if "→" in step.get("name", "")]
    assert told == [[step.name for step in pipeline.spec.steps] + ["record"]]


def test_the_same_script_as_on_a_laptop_and_the_example_now_and_in_ten_years() -> None:
    assert steps("test")[-1]["run"] == "bash .ci/run"
    commands = [step["run"] for step in steps("example") if "run" in step]
    assert commands == [
        "make install",
        ".venv/bin/counterseal verify --at HEAD --roots docs/example-roots.yaml",
        ".venv/bin/python -I -m scripts.github.verify_at 10 docs/example-roots.yaml",
    ]


def test_no_workflow_may_do_anything_and_every_action_is_pinned() -> None:
    files = list(FOLDER.iterdir())
    assert files
    for path in files:
        found = workflow(path.stem)
        assert found["permissions"] == {}
        for job in found["jobs"].values():
            assert job["permissions"] == {"contents": "read"}
            assert job["timeout-minutes"] > 0
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name) for name in used)
        assert "secrets." not in path.read_text()


@CHECKERS
def test_the_checkers_hold_every_workflow_good(checker: tuple[Path | str, ...]) -> None:
    done = check(checker, FOLDER if checker is ZIZMOR else FOLDER / "ci.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@CHECKERS
def test_the_checkers_would_say_no(checker: tuple[Path | str, ...], tmp_path: Path) -> None:
    bad = tmp_path / ".github/workflows/ci.yml"
    bad.parent.mkdir(parents=True)
    text = (FOLDER / "ci.yml").read_text()
    bad.write_text(re.sub(r"@[0-9a-f]{40} # (v\S+)", r"@\1", text).replace("runs-on:", "runs-at:", 1))
    assert check(checker, bad).returncode != 0


def test_codeowners_is_what_the_trust_gives() -> None:
    folder = ROOT / places.TRUST_FOLDER
    newest = max(folder.glob("*.yaml"), key=lambda path: int(path.stem), default=None)
    assert newest, "no trust file: run `make example`"
    trust, _ = Trust.open(newest.read_bytes(), str(newest))
    assert (ROOT / places.CODEOWNERS).read_bytes() == codeowners.render(trust)
