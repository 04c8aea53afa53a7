"""One decision tree, as parallel arrays.

* Node 0 is the root. ``feature`` has an entry for each node: a column's place, or -1 for a leaf. ``threshold``,
  ``left`` and ``right`` have one for each node that splits, ``value`` one for each leaf (or one for each leaf and
  output), in the order of the nodes.
* ``column <= threshold`` goes left, all else right. Where ``codes`` names the node, a code among those listed goes
  left instead, and the threshold is 0. NaN goes left at the nodes that ``missing_left`` lists, right at all others.
* Every node but the root is the child of one node before it; no leaf is more than ``MAX_DEPTH`` splits away from it.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from counterseal.documents.portable.inputs import Finite
from counterseal.documents.portable.scored import Compiled

MAX_DEPTH = 64
MAX_CODE = 2**24  # whole numbers below are 32-bit floats, too

Place = Annotated[int, Field(ge=0)]
Places = tuple[Place, ...]
NodeKey = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,5})$")]
Code = Annotated[int, Field(ge=0, lt=MAX_CODE)]
Node = tuple[int, Any, Any, Any]  # column, threshold or codes, left, right; or of a leaf: 0, value, (), ()


class Codes(frozenset[float]):
    """What goes left: compared as a threshold is, ``code <= codes`` says whether the code is among them."""

    __ge__ = frozenset.__contains__


class Tree(Compiled):
    """One tree, as parallel arrays."""

    feature: Annotated[tuple[Annotated[int, Field(ge=-1)], ...], Field(min_length=1)]
    threshold: tuple[Finite, ...]
    left: Places
    right: Places
    missing_left: Places = ()
    codes: dict[NodeKey, tuple[Code, ...]] = {}
    value: tuple[Finite, ...]
    output: Place | None = 0

    @model_validator(mode="after")
    def _one_tree(self) -> Self:
        splits = dict(zip(self.splits, range(len(self.feature)), strict=False))
        if not len(splits) == len(self.threshold) == len(self.left) == len(self.right):
            msg = "a threshold, a left and a right child for each node that splits"
            raise ValueError(msg)
        self._check_children()
        if not {*self.missing_left, *map(int, self.codes)} <= splits.keys():
            msg = "nodes that split, where missing values or codes go left"
            raise ValueError(msg)
        if any(self.threshold[splits[int(node)]] for node in self.codes):
            msg = "the threshold 0 where codes go left"
            raise ValueError(msg)
        return self

    def _check_children(self) -> None:
        depth = [0] * len(self.feature)
        if sorted((*self.left, *self.right)) != list(range(1, len(depth))):
            msg = "each node but the first as the child of one node"
            raise ValueError(msg)
        for node, *children in zip(self.splits, self.left, self.right, strict=True):
            for child in children:
                depth[child] = depth[node] + 1 if child > node else MAX_DEPTH + 1
        if max(depth) > MAX_DEPTH:
            msg = f"children after their parents, at most {MAX_DEPTH} splits from the root"
            raise ValueError(msg)

    @cached_property
    def splits(self) -> tuple[int, ...]:
        """The nodes that split."""
        return tuple(node for node, column in enumerate(self.feature) if column >= 0)

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return len(self.feature) - len(self.splits)

    def extent(self, output: int) -> tuple[float, float]:
        """Return between which numbers lies what the tree adds to an output."""
        if self.output not in (None, output):
            return 0.0, 0.0
        found = self.value if self.output is not None else self.value[output :: len(self.value) // self.leaves]
        return min(found), max(found)

    def nested(self, columns: int) -> Node:
        """Return the root, its children inside it; nodes where NaN goes left look at a second set of ``columns``."""
        missing = frozenset(self.missing_left)
        made: list[Node] = [(0, 0.0, (), ())] * len(self.feature)
        width = len(self.value) // self.leaves
        values = list(self.value if self.output is not None else zip(*[iter(self.value)] * width, strict=True))
        splits = list(zip(self.threshold, self.left, self.right, strict=True))
        for node in reversed(range(len(made))):
            if (column := self.feature[node]) < 0:
                made[node] = (0, values.pop(), (), ())
            else:
                threshold, left, right = splits.pop()
                test = self._test(node, threshold, missing_left=node in missing)
                made[node] = (column + columns * (node in missing), test, made[left], made[right])
        return made[0]

    def _test(self, node: int, threshold: float, *, missing_left: bool) -> float | Codes:
        if not self.codes or (codes := self.codes.get(str(node))) is None:
            return threshold
        return Codes((*codes, -math.inf) if missing_left else codes)
