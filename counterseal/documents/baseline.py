"""What the training data looked like, binned: the yardstick for drift.

* Numbers are counted between cut points (quantiles of the training data), categories one by one; categories seen fewer
  than ``POOL`` times are counted together, so that no small group can be read off. Missing has a bin of its own.
* PSI = Σ (a - b) · ln(a / b) over bins, shares smoothed by half a count, so that empty bins stay finite.
* Without drift, PSI's expectation is about (B - 1)(1/n + 1/m) (Yurdakul 2018); ``corrected`` subtracts it, never
  below 0.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Document, Value
from counterseal.values.names import Identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POOL = 10
SCORE = "score"
Count = Annotated[int, Field(ge=0)]


class NumberBins(Value):
    """Counts between cut points: bin i holds values from cuts[i-1] (inclusive) to cuts[i]; the last one is missing."""

    type: Literal["number"] = "number"
    cuts: tuple[float, ...]
    counts: tuple[Count, ...]

    @model_validator(mode="after")
    def _one_bin_more(self) -> Self:
        if len(self.counts) != len(self.cuts) + 2 or list(self.cuts) != sorted(set(self.cuts)):
            msg = "rising cut points, and one count more than there are bins between them, for missing"
            raise ValueError(msg)
        return self

    def bin(self, value: float | str | None) -> int:
        """Return the bin of a value."""
        return len(self.cuts) + 1 if value is None else bisect_right(self.cuts, float(value))


class CategoryBins(Value):
    """Counts of the categories listed, then of all others together, then of missing."""

    type: Literal["category"] = "category"
    categories: tuple[str, ...]
    counts: tuple[Count, ...]

    @model_validator(mode="after")
    def _two_bins_more(self) -> Self:
        if len(self.counts) != len(self.categories) + 2 or len(set(self.categories)) != len(self.categories):
            msg = "each category once, and two counts more, for all others and for missing"
            raise ValueError(msg)
        return self

    def bin(self, value: float | str | None) -> int:
        """Return the bin of a value."""
        if value is None:
            return len(self.categories) + 1
        return self.categories.index(str(value)) if value in self.categories else len(self.categories)


Bins = Annotated[NumberBins | CategoryBins, Field(discriminator="type")]


class BaselineSpec(Value):
    """The bins of every feature, and of the model's score."""

    rows: Annotated[int, Field(ge=1)]
    features: Annotated[dict[Identifier, Bins], Field(min_length=1)]


class Baseline(Document):
    """registry/<model>/model/baseline.json."""

    KIND: ClassVar[str] = "Baseline"
    kind: Literal["Baseline"]
    spec: BaselineSpec

    def empty(self) -> dict[str, list[int]]:
        """Return a counter of zeros for each feature."""
        return {name: [0] * len(bins.counts) for name, bins in self.spec.features.items()}

    def add(self, counts: Mapping[str, list[int]], row: Mapping[str, float | int | str | None]) -> None:
        """Count one row's values into counters made by ``empty``."""
        for name, bins in self.spec.features.items():
            counts[name][bins.bin(row[name])] += 1


def psi(expected: Sequence[int], found: Sequence[int]) -> float:
    """Return the population stability index between two lists of counts of equal length."""
    width = len(expected)
    whole, part = sum(expected) + width / 2, sum(found) + width / 2
    shares = [((a + 0.5) / whole, (b + 0.5) / part) for a, b in zip(expected, found, strict=True)]
    return sum((b - a) * math.log(b / a) for a, b in shares)


def corrected(expected: Sequence[int], found: Sequence[int]) -> float:
    """Return PSI less what chance alone would give samples of these sizes, never below 0."""
    if not sum(found) or not sum(expected):
        return 0.0
    used = sum(1 for a, b in zip(expected, found, strict=True) if a or b)
    chance = (used - 1) * (1 / sum(expected) + 1 / sum(found))
    return max(0.0, psi(expected, found) - chance)
