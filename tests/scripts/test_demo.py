"""The demo tells the story that the README shows, and the story is true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shown() -> list[str]:
    """Return the lines of the README's story."""
    block = re.search(r"<!-- story:.*?-->\n```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    return block[1].splitlines()


def test_the_readme_names_every_chapter_of_the_demo() -> None:
    tree = ast.parse((ROOT / "scripts/demo.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    titles = {str(ast.literal_eval(node.args[0])) for node in calls if node.func.attr == "chapter"}  # type: ignore[attr-defined]
    assert {line[4:] for line in shown() if re.match(r" ?\d+\. ", line)} == titles


@pytest.mark.whole
@pytest.mark.timeout(700)
def test_the_demo_lives_a_models_whole_life(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "counterseal", "demo", "--scratch", str(tmp_path / "stage")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()
    for line in shown():
        assert line in told
    for code in ("SELF_APPROVAL", "DIGEST", "NOT_A_MERGE", "REWOUND_MAIN"):
        assert f"    refused, as it must be: {code}" in told
    assert "; failed: 0" in done.stdout
    assert told[-1] == str(tmp_path / "stage" / "forge.git")
