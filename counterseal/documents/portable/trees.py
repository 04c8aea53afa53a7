"""Scores from decision trees.

* The columns are read from the row; with ``cast: float32`` each is rounded to the nearest 32-bit float (ties to even;
  what is too large becomes infinite), and compared as a 64-bit one.
* In each tree (``tree``) one leaf is reached. A tree adds its leaf's value to the ``output`` it names, or a value to
  each output if its ``output`` is null.
* ``aggregate: sum``: to ``base`` are added the values, tree by tree in the order written. ``mean``: they are added up
  from 0, divided by the number of trees that add to the output, and ``base`` is added.
"""

from __future__ import annotations

import math
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.portable import links
from counterseal.documents.portable.columns import CodeColumn, Column
from counterseal.documents.portable.inputs import Finite
from counterseal.documents.portable.scored import Scored, several
from counterseal.documents.portable.tree import MAX_CODE, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.documents.portable.inputs import Inputs, Row
    from counterseal.documents.portable.links import Extent
    from counterseal.documents.portable.scored import Scores
    from counterseal.documents.portable.tree import Node


class Trees(Scored):
    """Trees over columns, and the link that turns their scores into outputs."""

    kind: Literal["trees"]
    columns: Annotated[tuple[Column, ...], Field(max_length=10_000)]
    cast: Literal["float32", "none"]
    base: Annotated[tuple[Finite, ...], Field(min_length=1, max_length=100)]
    aggregate: Literal["sum", "mean"]
    link: links.Link
    trees: Annotated[tuple[Tree, ...], Field(max_length=5000)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not links.fits(self.link, self.width):
            msg = "a link that fits the number of scores"
            raise ValueError(msg)
        for tree in self.trees:
            self._check(tree)
        return self

    def _check(self, tree: Tree) -> None:
        if tree.output is None:
            fits, each = self.width > 1, self.width
        else:
            fits, each = tree.output < self.width, 1
        if not fits or len(tree.value) != tree.leaves * each:
            msg = "a value for each leaf, and for each of the outputs the tree adds to"
            raise ValueError(msg)
        if max(tree.feature) >= len(self.columns):
            msg = "columns that are there"
            raise ValueError(msg)
        coded = (self.columns[tree.feature[int(node)]] for node in tree.codes)
        if not all(isinstance(column, CodeColumn) and _whole(column) for column in coded):
            msg = "codes that go left only where the column is a code, a whole number"
            raise ValueError(msg)

    @property
    def outermost(self) -> links.Link:
        """What turns the scores into outputs."""
        return self.link

    @property
    def width(self) -> int:
        """How many scores, and outputs, there are."""
        return len(self.base)

    @property
    def parts(self) -> int:
        """How many nodes there are."""
        return sum(len(tree.feature) for tree in self.trees)

    @property
    def size(self) -> str:
        """How large the predictor is, in words."""
        return f"{several(len(self.trees), 'tree')} with {several(self.parts, 'node')}"

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """Each tree's root."""
        return tuple(tree.nested(len(self.columns)) for tree in self.trees)

    @cached_property
    def numbers(self) -> Callable[[Row], list[float]]:
        """What reads the columns from a row: as they are, then again with -infinity in place of NaN."""
        reads, cast = tuple(column.reading() for column in self.columns), self.cast == "float32"

        def numbers(row: Row) -> list[float]:
            found = [read(row) for read in reads]
            if cast:
                found = array("f", found).tolist()
            return found + [-math.inf if value != value else value for value in found]  # noqa: PLR0124 (NaN)

        return numbers

    def scoring(self) -> Scores:
        """Return what works out the scores for a row."""
        return self._one() if self.width == 1 else self._many()

    def _one(self) -> Scores:
        numbers, roots, (base,), (count,) = self.numbers, self.roots, self.base, self.counts()
        start, mean = (0.0, True) if self.aggregate == "mean" else (base, False)

        def score(row: Row) -> tuple[float]:
            found, total = numbers(row), start
            for column, test, left, right in roots:
                while left:
                    column, test, left, right = left if found[column] <= test else right  # noqa: PLW2901
                total += test
            return (total / count + base if mean else total,)

        return score

    def _many(self) -> Scores:
        numbers, base, counts = self.numbers, self.base, self.counts()
        outputs = tuple((tree.output, root) for tree, root in zip(self.trees, self.roots, strict=True))
        start, mean = ([0.0] * self.width, True) if self.aggregate == "mean" else (base, False)

        def score(row: Row) -> list[float]:
            found, totals = numbers(row), list(start)
            for output, (column, test, left, right) in outputs:
                while left:
                    column, test, left, right = left if found[column] <= test else right  # noqa: PLW2901
                if output is None:
                    totals = [total + value for total, value in zip(totals, test, strict=True)]
                else:
                    totals[output] += test
            return [a / n + b for a, n, b in zip(totals, counts, base, strict=True)] if mean else totals

        return score

    def counts(self) -> list[int]:
        """Return how many trees add to each output; 1 if none does."""
        each = [tree.output for tree in self.trees]
        return [max(1, each.count(None) + each.count(output)) for output in range(self.width)]

    def extents(self, inputs: Inputs) -> list[Extent]:
        """Return between which numbers each output lies; raise ValueError for what does not hold together."""
        for column in self.columns:
            column.extent(inputs)
        counts = self.counts() if self.aggregate == "mean" else [1] * self.width
        found = []
        for output, (base, count) in enumerate(zip(self.base, counts, strict=True)):
            leaves = [tree.extent(output) for tree in self.trees]
            if not math.isfinite(abs(base) + sum(max(map(abs, ends)) for ends in leaves)):
                msg = "trees whose sum is finite for every row"
                raise ValueError(msg)
            low, high = (sum(ends) for ends in zip((0.0, 0.0), *leaves, strict=True))
            found.append((base + low / count, base + high / count))
        return links.linked(self.link, found)


def _whole(column: CodeColumn) -> bool:
    codes = [*column.codes.values(), column.unseen, column.missing]
    return all(code is None or (0 <= code < MAX_CODE and code.is_integer()) for code in codes)
