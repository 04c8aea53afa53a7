"""Bounds that quote no single record: rounded outwards, unless ``K`` rows or more hold the very value.

Numbers go to a round step of about a tenth of their span or more, dates to the ends of their years. What was never
negative stays so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.dataset.spelling import SENTINELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from scripts.dataset.cells import Cells

K = 10


@dataclass(frozen=True)
class Ends:
    """The extremes of a column of numbers, how many rows hold each, and those next to them."""

    low: float
    high: float
    at_low: int
    at_high: int
    next_low: float
    next_high: float

    @property
    def suspect(self) -> float | None:
        """An extreme that stands so far from the rest that it may mean a missing value."""
        rest = self.next_high - self.next_low
        if self.low in SENTINELS and self.next_low >= 0 and self.next_low - self.low > rest / 10:
            return self.low
        if self.high in SENTINELS and self.high - self.next_high > max(rest, 1.0):
            return self.high
        return None


def ends(cells: Cells, name: str) -> Ends | None:
    """Return the extremes of a column's numbers; None if none of them is finite."""
    number = numbers(name)
    first = cells.ask(number.min().alias("low"), number.max().alias("high"))
    low, high = first["low"], first["high"]
    if low is None:
        return None
    found = cells.ask(
        (number == low).sum().alias("at_low"),
        (number == high).sum().alias("at_high"),
        number.filter(number > low).min().alias("next_low"),
        number.filter(number < high).max().alias("next_high"),
    )
    nexts = {key: end if found[key] is None else found[key] for key, end in (("next_low", low), ("next_high", high))}
    return Ends(low, high, found["at_low"], found["at_high"], **nexts)


def numbers(name: str) -> pl.Expr:
    """Return the cells that are numbers, as numbers."""
    import polars as pl

    number = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def outward(found: Ends, *, whole: bool) -> tuple[float, float]:
    """Return a minimum and a maximum for numbers with these extremes."""
    span = found.high - found.low or abs(found.high) or 1.0
    step = 10.0 ** math.floor(math.log10(span / 2))
    step = max(step, 1.0) if whole else step
    low = found.low if found.at_low >= K else _beyond(found.low, step, math.floor, -1)
    high = found.high if found.at_high >= K else _beyond(found.high, step, math.ceil, 1)
    return plain(max(low, 0.0) if found.low >= 0 else low), plain(min(high, 0.0) if found.high <= 0 else high)


def _beyond(value: float, step: float, rounded: Callable[[float], int], sign: int) -> float:
    """Return the nearest multiple of a step beyond a value; as decimals, because a float is exactly neither."""
    turns = rounded(value / step)
    multiples = (float(f"{(turns + more * sign) * step:.12g}") for more in range(3))
    return next(end for end in multiples if (end - value) * sign > 0)


def plain(number: float) -> float:
    """Return a number as people write it: whole ones without a fraction."""
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def years(low: str, high: str) -> tuple[str, str]:
    """Return the first and the last day, or moment, of the years of two."""
    if "T" not in low:
        return f"{low[:4]}-01-01", f"{high[:4]}-12-31"
    zone = "Z" if low.endswith("Z") else ""
    return f"{low[:4]}-01-01T00:00:00{zone}", f"{high[:4]}-12-31T23:59:59{zone}"
