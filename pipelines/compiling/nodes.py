"""A tree's nodes, as model.json lists them.

A split between what is missing and what is not has the threshold infinity in scikit-learn, and the largest number here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterseal.documents.portable.model import MAX_PARTS
from counterseal.documents.portable.tree import MAX_DEPTH, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Number = NDArray[np.float64]

LARGEST = np.finfo(np.float64).max
MAX_TREES = 5000
FEWER = "fewer or shallower trees: lower n_estimators or max_iter, max_leaf_nodes or max_depth"


def tree(
    feature: Whole,
    threshold: Number,
    left: Whole,
    right: Whole,
    missing_left: NDArray[np.bool_],
    value: Number,
    output: int | None,
    codes: Mapping[int, tuple[int, ...]] | None = None,
) -> Tree:
    """Write down nodes, each with an entry in every array; ``feature`` is -1 and ``value`` [nodes, width] of a leaf."""
    splits, leaves = feature >= 0, feature < 0
    _check_depth(feature, left, right)
    return Tree(
        feature=tuple(feature.tolist()),
        threshold=tuple(np.minimum(threshold[splits], LARGEST).tolist()),
        left=tuple(left[splits].tolist()),
        right=tuple(right[splits].tolist()),
        missing_left=tuple(np.flatnonzero(splits & missing_left).tolist()),
        codes={str(node): listed for node, listed in (codes or {}).items()},
        value=tuple(value[leaves].ravel().tolist()),
        output=output,
    )


class UnwritableError(Exception):
    """Trees that model.json has no room for: what was expected, what was found, and how to mend it."""

    def __init__(self, expected: str, found: str, mend: str) -> None:
        super().__init__(expected, found, mend)


def check_count(sizes: Iterable[int]) -> None:
    """Raise UnwritableError for trees of these sizes if they have too many nodes in all, or are too many."""
    each = list(sizes)
    if sum(each) > MAX_PARTS or len(each) > MAX_TREES:
        expected = f"at most {MAX_TREES} trees with {MAX_PARTS} nodes"
        raise UnwritableError(expected, f"{len(each)} trees with {sum(each)} nodes", FEWER)


def _check_depth(feature: Whole, left: Whole, right: Whole) -> None:
    depth = np.zeros(len(feature), dtype=np.int64)
    for node in np.flatnonzero(feature >= 0):
        depth[[left[node], right[node]]] = depth[node] + 1
    if depth.max() > MAX_DEPTH:
        raise UnwritableError(f"leaves at most {MAX_DEPTH} splits deep", str(depth.max()), "set max_depth in the spec")
