"""How far something is: bars and wheels on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scripts.report.screen import coloured, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from pipelines.step import Progress


@contextmanager
def steps() -> Iterator[Progress]:
    """Show the steps of a run while it lasts."""
    with runs(1) as of:
        yield of("")


@contextmanager
def runs(models: int, steps: int = 1) -> Iterator[Callable[[str], Progress]]:
    """Show runs while they last: of one its steps, of several a line each, of so many steps.

    Yields what gives the progress of a model.
    """
    if not coloured(sys.stderr):
        yield lambda model: Lines(f"{model}: " if models > 1 else "")
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    name = TextColumn("{task.description:<9}", markup=False)
    clocks = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(compact=True))
    says = TextColumn("{task.fields[says]}", markup=False)
    with Progress(SpinnerColumn(), name, BarColumn(), *clocks, says, console=Console(stderr=True)) as bars:
        yield lambda model: Row(bars, model, steps) if models > 1 else Bar(bars)


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


@contextmanager
def portions(says: str, size: int) -> Iterator[Callable[[int], object]]:
    """Show how many of so many bytes are done, how fast, and how long the rest will take; yields what to tell."""
    if not coloured(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(compact=True))
    with Progress(TextColumn(safe(says), markup=False), *columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("", total=size)
        yield lambda done: bars.update(task, completed=min(done, size))


class Lines:
    """Tells each step's outcome in a line."""

    def __init__(self, whose: str = "") -> None:
        self.whose = whose
        self.step = ""

    def begin(self, step: str, title: str) -> None:  # noqa: ARG002 (a bar shows it)
        """See ``pipelines.step.Progress``."""
        self.step = step

    def fraction(self, done: float) -> None:
        """See ``pipelines.step.Progress``."""

    def end(self, says: str) -> None:
        """See ``pipelines.step.Progress``."""
        print(f"{safe(self.whose)}{self.step:<9} {safe(says)}", file=sys.stderr)  # noqa: T201 (the door speaks to people)


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


class Row:
    """Draws one bar for a whole run: its steps one after the other."""

    def __init__(self, bars: Bars, model: str, steps: int) -> None:
        self.bars = bars
        self.task = bars.add_task(safe(model), total=float(steps), says="waits")
        self.done = 0

    def begin(self, step: str, title: str) -> None:
        """See ``pipelines.step.Progress``."""
        self.bars.update(self.task, says=f"{step}: {safe(title)}")

    def fraction(self, done: float) -> None:
        """See ``pipelines.step.Progress``."""
        self.bars.update(self.task, completed=self.done + done)

    def end(self, says: str) -> None:
        """See ``pipelines.step.Progress``."""
        self.done += 1
        self.bars.update(self.task, completed=float(self.done), says=safe(says))
