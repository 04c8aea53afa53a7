"""How far something is: bars and wheels on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scripts.report.screen import coloured, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from pipelines.step import Progress


@contextmanager
def steps() -> Iterator[Progress]:
    """Show the steps of a run while it lasts."""
    if not coloured(sys.stderr):
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description:<9}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[says]}", markup=False), console=Console(stderr=True)) as bars:
        yield Bar(bars)


@contextmanager
def working(says: str) -> Iterator[None]:
    """Turn a wheel on a terminal while something takes its time; nothing may be asked of a person meanwhile."""
    if not coloured(sys.stderr):
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(safe(says))):
        yield


class Lines:
    """Tells each step's outcome in a line."""

    def __init__(self) -> None:
        self.step = ""

    def begin(self, step: str, title: str) -> None:  # noqa: ARG002 (a bar shows it)
        """See ``pipelines.step.Progress``."""
        self.step = step

    def fraction(self, done: float) -> None:
        """See ``pipelines.step.Progress``."""

    def end(self, says: str) -> None:
        """See ``pipelines.step.Progress``."""
        print(f"{self.step:<9} {safe(says)}", file=sys.stderr)  # noqa: T201 (the door speaks to people)


class Bar:
    """Draws a bar for each step."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.task: TaskID | None = None

    def begin(self, step: str, title: str) -> None:
        """See ``pipelines.step.Progress``."""
        self.task = self.bars.add_task(step, total=1.0, says=safe(title))

    def fraction(self, done: float) -> None:
        """See ``pipelines.step.Progress``."""
        if self.task is not None:
            self.bars.update(self.task, completed=done)

    def end(self, says: str) -> None:
        """See ``pipelines.step.Progress``."""
        if self.task is not None:
            self.bars.update(self.task, completed=1.0, says=safe(says))
