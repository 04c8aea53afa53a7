"""Time something several times, and say the median."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from scripts.clock import now
from tests.support.world import START, World, found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMES = 5


def several(what: str, measured: Callable[[], float], times: int = TIMES) -> None:
    """Print the median, the least and the most of what several runs measured, in seconds."""
    seconds = [measured() for _ in range(times)]
    spread = f"median {median(seconds):.2f} s, {min(seconds):.2f} to {max(seconds):.2f}, {times} times"
    machine = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{what}: {spread}; {machine}", flush=True)  # noqa: T201 (its one purpose)


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def company() -> Iterator[World]:
    """Make a company whose german-credit version 1 is promoted, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="counterseal-benchmark-") as folder:
        world = found(Path(folder) / "company")
        world.now = max(START, now())
        world.promoted(1)
        yield world
