"""What was asked lately, as counts in the baseline's bins: no value is kept, and memory does not grow.

Rows go into blocks of half a window. Once two blocks are full they and the one being filled are what is judged, so a
judgement covers between one window and one and a half, and what came before is forgotten.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.baseline import Baseline
    from counterseal.documents.portable.inputs import Cell

    Counts = Mapping[str, list[int]]

FULL_BLOCKS = 2


class Window:
    """Rolling counts of one model's inputs and scores."""

    def __init__(self, baseline: Baseline, rows: int) -> None:
        """Judge at least ``rows`` rows at a time."""
        self._baseline = baseline
        self._block = -(-rows // FULL_BLOCKS)
        self._full: deque[Counts] = deque(maxlen=FULL_BLOCKS)
        self._open: Counts = baseline.empty()
        self._in_open = 0
        self._lifetime: Counts = baseline.empty()
        self.seen = 0

    @property
    def rows(self) -> int:
        """How many rows the window holds now."""
        return len(self._full) * self._block + self._in_open

    def add(self, row: Mapping[str, Cell]) -> None:
        """Count one row, its score included."""
        self._baseline.add(self._open, row)
        self._in_open += 1
        self.seen += 1
        if self._in_open == self._block:
            self._close()

    def counts(self) -> dict[str, list[int]]:
        """Return the counts of what the window holds now."""
        return self._sum(*self._full, self._open)

    def lifetime(self) -> dict[str, list[int]]:
        """Return the counts since the model was admitted; they only rise, so those of several servers add up."""
        return self._sum(self._lifetime, self._open)

    def _close(self) -> None:
        self._lifetime = self._sum(self._lifetime, self._open)
        self._full.append(self._open)
        self._open, self._in_open = self._baseline.empty(), 0

    def _sum(self, *blocks: Counts) -> dict[str, list[int]]:
        return {name: [sum(bins) for bins in zip(*(b[name] for b in blocks), strict=True)] for name in self._open}
