from __future__ import annotations

import io
from typing import TYPE_CHECKING

from scripts.report import progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def walk() -> None:
    with progress.working("Judging\x1b[2J"), progress.steps() as shown:
        shown.begin("validate", "Does the data fit?")
        shown.fraction(0.5)
        shown.end("1000 rows\x1b[2J, 0 problems")


def test_elsewhere_each_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    walk()
    assert capsys.readouterr().err == "validate  1000 rows\\x1b[2J, 0 problems\n"


def test_on_a_terminal_there_are_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with progress.steps() as shown:
        shown.begin("validate", "Does the data fit?")
        shown.fraction(0.5)
        shown.end("1000 rows, 0 problems")
    with progress.working("Judging"):
        pass
    assert "1000 rows, 0 problems" in screen.getvalue()
    assert "\x1b[2J" not in screen.getvalue()
