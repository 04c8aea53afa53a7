"""What something costs: time on the clock, and CPU time of this process and of those it started.

A machine that others use makes the clock worthless and CPU time dearer too; so what is compared is measured in turns.
"""

from __future__ import annotations

import os
import platform
import resource
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, of CPU in this process, of CPU in those it started and that have ended."""

    wall: float
    own: float
    started: float

    @property
    def cpu(self) -> float:
        """All CPU seconds."""
        return self.own + self.started


def cost(call: Callable[[], object]) -> Cost:
    """Return what a call costs."""
    before = _spent()
    call()
    return Cost(*(now - then for now, then in zip(_spent(), before, strict=True)))


def _spent() -> tuple[float, float, float]:
    own, started = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), own.ru_utime + own.ru_stime, started.ru_utime + started.ru_stime


def several(what: str, call: Callable[[], object], times: int = 5) -> list[Cost]:
    """Say the median of what a call costs, once warm."""
    call()
    costs = [cost(call) for _ in range(times)]
    say(what, costs)
    return costs


def say(what: str, costs: Sequence[Cost]) -> None:
    """Print medians in milliseconds."""
    wall, cpu, own = (1000 * median(getattr(item, name) for item in costs) for name in ("wall", "cpu", "own"))
    tell(f"{what}: {wall:.1f} ms on the clock, {cpu:.1f} ms CPU ({own:.1f} in this process), median of {len(costs)}")


def tell(line: str) -> None:
    """Print a line at once, with the machine's load."""
    machine = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{line}; {machine}", flush=True)  # noqa: T201 (its one purpose)
