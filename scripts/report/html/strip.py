"""Numbers on one scale: a dot for the value, a bar for its interval, one line a number, the first one in colour.

Where the scale goes through zero, zero is marked: an interval that crosses it tells nothing apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from serving.html import Html, fill, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.report.report import Number

WIDTH, LINE, EDGE, FOOT = 220, 12, 6, 12
_SVG = """<svg class="strip" viewBox="0 0 {width} {height}" role="img" aria-label="{says}">
<line class="axis" x1="{left}" x2="{right}" y1="{foot}" y2="{foot}"/>{zero}
{marks}
<text class="end" x="{left}" y="{below}">{low}</text><text class="end high" x="{right}" y="{below}">{high}</text>
</svg>"""
_ZERO = '<line class="axis zero" x1="{at}" x2="{at}" y1="0" y2="{foot}"/>'
_MARK = """<g class="{kind}"><line x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>
<circle cx="{at}" cy="{y}" r="3.6"/></g>"""


@dataclass(frozen=True)
class Scale:
    """From where to where a strip reaches."""

    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[Number]) -> Self:
        """Return a round scale that holds all numbers, with some air around them."""
        ends = [end for item in numbers for end in (item.value, item.low, item.high) if end is not None]
        low, high = min(ends), max(ends)
        step = _round((high - low) * 1.2 or abs(high) or 1.0) / 5
        share = low >= 0 and high <= 1
        bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
        if bottom == top:
            bottom, top = bottom - step, top + step
        return cls(max(0.0, bottom) if share else bottom, min(1.0, top) if share else top)

    def at(self, value: float) -> float:
        """Return where a value lies on the strip."""
        return round(EDGE + (value - self.low) / (self.high - self.low) * (WIDTH - 2 * EDGE), 1)


def _round(width: float) -> float:
    """Return the first of 1, 2 or 5 times a power of ten that is at least as wide."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= width * (1 - 1e-12))


def strip(numbers: Sequence[Number], scale: Scale, *, first: bool = True) -> Html:
    """Draw numbers on a scale; ``first`` says whether the first is the one that matters."""
    foot = LINE * len(numbers) + 3
    return fill(
        _SVG,
        width=WIDTH,
        height=foot + FOOT,
        says="; ".join(map(str, numbers)),
        left=EDGE,
        right=WIDTH - EDGE,
        foot=foot,
        below=foot + FOOT - 2,
        zero=fill(_ZERO, at=scale.at(0), foot=foot) if scale.low < 0 < scale.high else Html(),
        marks=join(_mark(item, scale, place, new=first and place == 0) for place, item in enumerate(numbers)),
        low=f"{scale.low:.4g}",
        high=f"{scale.high:.4g}",
    )


def _mark(item: Number, scale: Scale, place: int, *, new: bool) -> Html:
    return fill(
        _MARK,
        kind="new" if new else "old",
        low=scale.at(item.value if item.low is None else item.low),
        high=scale.at(item.value if item.high is None else item.high),
        at=scale.at(item.value),
        y=LINE * place + LINE / 2,
    )
