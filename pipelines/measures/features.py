"""Features as arrays: numbers with NaN for missing, categories as places among those that dataset.yaml lists.

For slices and neighbours a feature is coded: a number by about equally many rows between cut points (quantiles, rounded
to ``DIGITS`` significant digits so that a cut is no record's value), a category by itself; missing has a code of its
own, the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from counterseal.documents.column import MISSING, CategoryColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from counterseal.documents import column as described
    from counterseal.documents.dataset import DatasetSpec

DIGITS = 3


@dataclass(frozen=True)
class Feature:
    """One column: numbers (n,), NaN where missing; or places among ``labels``, the last of which is missing."""

    name: str
    values: NDArray[np.float64]
    labels: tuple[str, ...] = ()

    @property
    def categorical(self) -> bool:
        """Whether the values are places of categories."""
        return bool(self.labels)

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value."""
        return self.values == len(self.labels) - 1 if self.categorical else np.isnan(self.values)

    def coded(self, bins: int) -> Coded:
        """Code the values, numbers in about so many bins."""
        if self.categorical:
            return Coded(self.name, self.values.astype(np.intp), self.labels)
        present = self.values[~self.missing]
        at = np.quantile(present, np.arange(1, bins) / bins, method="lower") if present.size else np.empty(0)
        cuts = sorted(cut for cut in {float(f"{value:.{DIGITS}g}") for value in at} if cut > present.min())
        codes = np.searchsorted(cuts, self.values, side="right")
        return Coded(self.name, np.where(self.missing, len(cuts) + 1, codes), (*_spans(cuts), MISSING))


@dataclass(frozen=True)
class Coded:
    """A column in few codes, and what each means."""

    name: str
    codes: NDArray[np.intp]
    labels: tuple[str, ...]


def features(frame: pl.DataFrame, dataset: DatasetSpec, names: Sequence[str]) -> list[Feature]:
    """Return some columns of a frame as arrays."""
    return [_feature(frame[name], name, dataset.readable[name]) for name in names]


def _feature(series: pl.Series, name: str, column: described.Feature) -> Feature:
    if not isinstance(column, CategoryColumn):
        return Feature(name, series.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    listed = column.categories
    places = series.cast(pl.Enum(list(listed))).to_physical().cast(pl.Float64).fill_null(float(len(listed)))
    return Feature(name, places.to_numpy(), (*listed.values(), MISSING))


def _spans(cuts: Sequence[float]) -> tuple[str, ...]:
    if not cuts:
        return ("any value",)
    between = [f"{low:g} to under {high:g}" for low, high in pairwise(cuts)]
    return (f"under {cuts[0]:g}", *between, f"{cuts[-1]:g} and over")
