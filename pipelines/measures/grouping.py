"""Which rows belong to which group: for each sensitive column of dataset.yaml, whether the model uses it or not.

A number is grouped at its cut points, a category by its values; a missing value is a group of its own. Two columns
crossed give the groups of both at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from counterseal.documents.column import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from counterseal.documents.column import Feature
    from counterseal.documents.dataset import DatasetSpec
    from pipelines.study import Side


@dataclass(frozen=True)
class Grouping:
    """The groups of a column, in order, each row's place among them, and how many rows make a group worth comparing."""

    name: str
    labels: tuple[str, ...]
    places: NDArray[np.intp]
    smallest: int

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many rows each group has."""
        counts = np.bincount(self.places, minlength=len(self.labels))
        return {name: int(count) for name, count in zip(self.labels, counts, strict=True)}

    def members(self) -> dict[str, NDArray[np.bool_]]:
        """Return the groups that are large enough, and which rows belong to them."""
        large = [(i, name) for i, name in enumerate(self.labels) if self.sizes[name] >= self.smallest]
        return {name: self.places == i for i, name in large}

    def too_small(self) -> list[str]:
        """Return the groups that have rows, but too few to compare."""
        return [name for name, size in self.sizes.items() if 0 < size < self.smallest]

    def absent(self) -> list[str]:
        """Return the groups that are described and have no row; that nothing is missing is no absence."""
        return [name for name, size in self.sizes.items() if size == 0 and name != MISSING]


SMALLEST = 10
CROSSED = 30


def groupings(side: Side, dataset: DatasetSpec) -> list[Grouping]:
    """Group one side's rows by each sensitive column."""
    return [_of(side, name, column) for name, column in dataset.sensitive.items()]


def crossed(columns: list[Grouping]) -> Iterator[Grouping]:
    """Cross each two columns; only groups that occur are groups here."""
    for first, second in combinations(columns, 2):
        both = first.places * len(second.labels) + second.places
        found, places = np.unique(both, return_inverse=True)
        pairs = [divmod(int(cell), len(second.labels)) for cell in found]
        labels = tuple(f"{first.labels[i]}, {second.labels[j]}" for i, j in pairs)
        yield Grouping(f"{first.name}, {second.name}", labels, places, CROSSED)


def _of(side: Side, name: str, column: Feature) -> Grouping:
    order = tuple(dict.fromkeys(column.group_labels()))
    at = {label: i for i, label in enumerate(order)}
    places = [at[column.group_label(value)] for value in side.frame[name].to_list()]
    return Grouping(name, order, np.asarray(places, dtype=np.intp), SMALLEST)
