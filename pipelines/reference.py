"""The typical row: the one that effects are told against, and a record of nobody.

A number is the median of the training rows to ``DIGITS`` digits, whole where the input is, and within its bounds; a
category is the most frequent one, of several the first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from counterseal.documents.portable.inputs import NumberInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from counterseal.documents.portable.inputs import Cell, Input

DIGITS = 2


def reference(inputs: Iterable[Input], frame: pl.DataFrame) -> dict[str, Cell]:
    """Return a model's reference."""
    return {item.name: _typical(item, frame[item.name].drop_nulls()) for item in inputs}


def _typical(item: Input, present: pl.Series) -> Cell:
    if not isinstance(item, NumberInput):
        counts = present.value_counts(sort=False)
        often = dict(zip(counts[item.name].to_list(), counts["count"].to_list(), strict=True))
        return max(item.categories, key=lambda category: often.get(category, 0))
    middle = present.median()
    rounded = float(f"{middle:.{DIGITS}g}") if isinstance(middle, float) else item.minimum
    return whole(item, rounded) if item.type == "integer" else min(max(rounded, item.minimum), item.maximum)


def whole(item: NumberInput, value: float) -> int:
    """Return the whole number within an input's bounds that is nearest to a value."""
    low, high = math.ceil(item.minimum), math.floor(item.maximum)
    return min(max(round(value), low), high)
