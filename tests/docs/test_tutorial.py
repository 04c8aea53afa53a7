"""docs/TUTORIAL.md is typed as it stands, in one shell, from the first line to the last, and shows what it says.

In what a page shows, ``…`` stands for whatever comes there: in a line for some letters, alone for some lines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from counterseal.verification.git import Git
from scripts.repository.template import copy_template
from tests.support.world import CHECKOUT

PAGE = (CHECKOUT / "docs/TUTORIAL.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
STEPS = [(match[1], match[2]) for match in BLOCK.finditer(PAGE)]
MARK = "=== the next block ==="


def shown(text: str) -> re.Pattern[str]:
    """Return what a block shows, as a pattern of all that it prints."""
    lines = (r"(?:[^\n]*\n)*?" if line == "…" else f"{_line(line)}\n" for line in text.splitlines())
    return re.compile("".join(lines))


def _line(text: str) -> str:
    return r"[^\n]*".join(map(re.escape, text.split("…")))


def test_what_is_shown_is_compared_line_by_line() -> None:
    pattern = shown("PASS  …: one\n…\nlast\n")
    assert pattern.fullmatch("PASS  x: one\nlast\n")
    assert pattern.fullmatch("PASS  x: one\n\nmore\nlast\n")
    for other in ("PASS  x: two\nlast\n", "PASS  x: one\nlast\nmore\n", "PASS  x\n: one\nlast\n"):
        assert not pattern.fullmatch(other)


def test_every_block_of_the_page_is_typed_or_shown() -> None:
    fences = len(re.findall(r"^```", PAGE, re.MULTILINE))
    assert fences == sum(2 if text is None else 4 for _, text in STEPS)
    assert len(STEPS) > 5


@pytest.mark.whole
@pytest.mark.timeout(600)
def test_the_page_is_typed_word_by_word(tmp_path: Path) -> None:
    checkout = tmp_path / "counterseal"
    checkout.mkdir()
    copy_template(Git(CHECKOUT), checkout)
    script = "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n" + "".join(f"{typed}echo '{MARK}'\n" for typed, _ in STEPS)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-u", "-c", script],
        cwd=checkout,
        env={**_inherited(), "PATH": path, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    told = done.stdout.split(f"{MARK}\n")
    for (typed, text), said in zip(STEPS, told, strict=False):
        assert text is None or shown(text).fullmatch(said), f"{typed}\nprinted:\n{said}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, f"{told[-1]}\n{done.stderr[-3000:]}"


def _inherited() -> dict[str, str]:
    """Return the environment without what would mix in the keys and settings of whoever runs this."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "COUNTERSEAL_")) and name not in {"SSH_AUTH_SOCK", "SSH_ASKPASS"}
    }
