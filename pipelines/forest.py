"""Trees evaluated for many rows at once: all rows step down a tree together, level by level.

A leaf is its own child, so that rows which arrived early wait. NaN is told as the kernel tells it: nodes where it goes
left look at a second set of the columns, in which it is -infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.tree import Tree
    from counterseal.documents.portable.trees import Trees

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Stepping:
    """A tree's nodes: the column each looks at, its threshold, its children (right, left), and its values.

    ``row`` [nodes] is a node's row of ``sets`` [nodes that look at codes, codes], which says what goes left there, or
    -1; the last two of a row are for all codes that no node names, and for -infinity. ``depth`` is how many steps lead
    to the deepest leaf.
    """

    column: Whole
    threshold: Numbers
    children: Whole
    values: Numbers
    row: Whole
    sets: NDArray[np.bool_]
    depth: int
    output: int | None

    def leaves(self, columns: Numbers) -> Whole:
        """Return the leaf that each row of the doubled columns [rows, 2 * columns] arrives at."""
        node = np.zeros(len(columns), dtype=np.int64)
        for node in self.levels(columns):  # noqa: B007 (the last one is wanted)
            pass
        return node

    def levels(self, columns: Numbers) -> Iterator[Whole]:
        """Yield the node [rows] at which each row is, level by level."""
        flat, offset = columns.ravel(), np.arange(len(columns)) * columns.shape[1]
        node = np.zeros(len(columns), dtype=np.int64)
        for _ in range(self.depth):
            yield node
            values = flat.take(self.column.take(node) + offset)
            left = values <= self.threshold.take(node)
            if len(self.sets):
                self._by_codes(node, values, left)
            node = self.children.take(2 * node + left)
        yield node

    def arrivals(self, columns: Numbers) -> Whole:
        """Return for each node the first row that comes by it, the very first one where none does."""
        found = np.zeros(len(self.column), dtype=np.int64)
        backwards = np.arange(len(columns))[::-1]
        for node in self.levels(columns):
            found[node[backwards]] = backwards
        return found

    def _by_codes(self, node: Whole, values: Numbers, left: NDArray[np.bool_]) -> None:
        row = self.row.take(node)
        at = np.flatnonzero(row >= 0)
        last = self.sets.shape[1] - 1
        known = np.fmin(values[at], last - 1)  # of a NaN and a number, fmin takes the number
        left[at] = self.sets[row[at], np.where(np.isneginf(known), last, known).astype(np.int64)]


class Forest:
    """The trees of a predictor."""

    def __init__(self, predictor: Trees) -> None:
        self._predictor = predictor

    @cached_property
    def trees(self) -> list[Stepping]:
        """The trees, each ready to be stepped through."""
        return [_stepping(tree, len(self._predictor.columns)) for tree in self._predictor.trees]

    def scores(self, columns: Numbers) -> Numbers:
        """Return the scores [rows, outputs] of columns [rows, columns]."""
        predictor, doubled = self._predictor, self._doubled(columns)
        mean, base = predictor.aggregate == "mean", np.array(predictor.base)
        totals = np.tile(np.zeros_like(base) if mean else base, (len(columns), 1))
        for tree in self.trees:
            values = tree.values[tree.leaves(doubled)]
            if tree.output is None:
                totals += values
            else:
                totals[:, tree.output] += values[:, 0]
        return totals / np.array(predictor.counts()) + base if mean else totals

    def arrivals(self, columns: Numbers) -> Iterator[Whole]:
        """Yield for each tree which row of columns [rows, columns] comes by each node; see ``Stepping``."""
        doubled = self._doubled(columns)
        yield from (tree.arrivals(doubled) for tree in self.trees)

    def _doubled(self, columns: Numbers) -> Numbers:
        if self._predictor.cast == "float32":
            with np.errstate(over="ignore"):
                columns = columns.astype(np.float32).astype(np.float64)
        return np.hstack([columns, np.where(np.isnan(columns), -np.inf, columns)])


def _stepping(tree: Tree, columns: int) -> Stepping:
    size, splits = len(tree.feature), np.array(tree.splits, dtype=np.int64)
    column, threshold = np.zeros(size, dtype=np.int64), np.zeros(size)
    children = np.repeat(np.arange(size), 2)
    column[splits], threshold[splits] = np.array(tree.feature)[splits], tree.threshold
    column[list(tree.missing_left)] += columns
    children[2 * splits], children[2 * splits + 1] = tree.right, tree.left
    leaves = np.setdiff1d(np.arange(size), splits)
    values = np.zeros((size, len(tree.value) // len(leaves)))
    values[leaves] = np.array(tree.value).reshape(len(leaves), -1)
    row, sets = _sets(tree)
    return Stepping(column, threshold, children, values, row, sets, _depth(tree), tree.output)


def _sets(tree: Tree) -> tuple[Whole, NDArray[np.bool_]]:
    row, missing = np.full(len(tree.feature), -1, dtype=np.int64), set(tree.missing_left)
    width = 3 + max((code for listed in tree.codes.values() for code in listed), default=0)
    sets = np.zeros((len(tree.codes), width), dtype=bool)
    for place, (node, listed) in enumerate(tree.codes.items()):
        row[int(node)] = place
        sets[place, list(listed)] = True
        sets[place, -1] = int(node) in missing
    return row, sets


def _depth(tree: Tree) -> int:
    depth = [0] * len(tree.feature)
    for node, left, right in zip(tree.splits, tree.left, tree.right, strict=True):
        depth[left] = depth[right] = depth[node] + 1
    return max(depth)
