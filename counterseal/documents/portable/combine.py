"""Predictors made of predictors, at most ``MAX_DEPTH`` inside one another.

* ``average``: the sum over the members, in the order written, of their outputs times their weights; these add up to
  1.
* ``calibrated``: each output of the member goes through its map. ``sigmoid``: 1 / (1 + exp(a * output + b)).
  ``isotonic``: the first y up to the first x, the last y from the last x on; between them, with x1 the first of the
  rising x that is not below the output and x0 the one before, (y1 - y0) / (x1 - x0) * (output - x0) + y0. Several
  outputs are then divided by their sum; a sum of 0 is shared evenly.

Neither has a link of its own: their scores are their outputs.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.documents.portable import links
from counterseal.documents.portable.additive import Additive
from counterseal.documents.portable.inputs import Finite
from counterseal.documents.portable.scored import Scored
from counterseal.documents.portable.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.documents.portable.inputs import Inputs, Row
    from counterseal.documents.portable.links import Extent
    from counterseal.documents.portable.scored import Scores

MAX_DEPTH = 5
_CLOSE = 1e-9

Share = Annotated[Finite, Field(ge=0, le=1)]
Points = Annotated[tuple[Finite, ...], Field(min_length=1, max_length=100_000)]


class Average(Scored):
    """The members' outputs, weighted."""

    kind: Literal["average"]
    members: Annotated[tuple[Predictor, ...], Field(min_length=1, max_length=100)]
    weights: tuple[Share, ...]

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        if len(self.weights) != len(self.members) or not math.isclose(sum(self.weights), 1, rel_tol=_CLOSE):
            msg = "a weight for each member, 1 in all"
            raise ValueError(msg)
        if len({member.width for member in self.members}) != 1:
            msg = "members that give as many outputs each"
            raise ValueError(msg)
        return self

    @property
    def width(self) -> int:
        """How many outputs there are."""
        return self.members[0].width

    @property
    def parts(self) -> int:
        """How many terms and nodes there are in all members."""
        return sum(member.parts for member in self.members)

    @property
    def size(self) -> str:
        """How large the predictor is, in words."""
        return f"the average of {len(self.members)}: {', '.join(member.size for member in self.members)}"

    def scoring(self) -> Scores:
        """Return what works out the average for a row."""
        weighted = tuple((weight, member.answer) for weight, member in zip(self.weights, self.members, strict=True))
        width = range(self.width)

        def score(row: Row) -> list[float]:
            totals = [0.0 for _ in width]
            for weight, answer in weighted:
                totals = [total + weight * output for total, output in zip(totals, answer(row), strict=True)]
            return totals

        return score

    def extents(self, inputs: Inputs) -> list[Extent]:
        """Return between which numbers each output lies; raise ValueError for what does not hold together."""
        each = [member.extents(inputs) for member in self.members]
        return [self._average(ends) for ends in zip(*each, strict=True)]

    def _average(self, extents: tuple[Extent, ...]) -> Extent:
        pairs = [zip(self.weights, ends, strict=True) for ends in zip(*extents, strict=True)]
        low, high = (math.fsum(weight * end for weight, end in pair) for pair in pairs)
        return low, high


class Sigmoid(Value):
    """1 / (1 + exp(a * output + b))."""

    kind: Literal["sigmoid"]
    a: Finite
    b: Finite

    def mapping(self) -> Callable[[float], float]:
        """Return what maps an output."""
        a, b = self.a, self.b
        return lambda output: links.logistic(-(a * output + b))

    def fits(self, extent: Extent) -> bool:
        """Say whether outputs between these numbers can be mapped."""
        return all(math.isfinite(self.a * end) and math.isfinite(self.a * end + self.b) for end in extent)


class Isotonic(Value):
    """Straight lines between points."""

    kind: Literal["isotonic"]
    x: Points
    y: Annotated[tuple[Share, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        rises = all(a < b for a, b in pairwise(self.x))
        if len(self.x) != len(self.y) or not rises or not math.isfinite(self.x[-1] - self.x[0]):
            msg = "x that rises, and a y for each"
            raise ValueError(msg)
        return self

    def mapping(self) -> Callable[[float], float]:
        """Return what maps an output."""
        x, y = self.x, self.y

        def mapped(output: float) -> float:
            if output <= x[0]:
                return y[0]
            if output >= x[-1]:
                return y[-1]
            at = bisect_left(x, output)
            return (y[at] - y[at - 1]) / (x[at] - x[at - 1]) * (output - x[at - 1]) + y[at - 1]

        return mapped

    def fits(self, extent: Extent) -> bool:
        """Say whether outputs between these numbers can be mapped: all can."""
        del extent
        return True


Map = Annotated[Sigmoid | Isotonic, Field(discriminator="kind")]


class Calibrated(Scored):
    """The member's outputs, each mapped to a probability."""

    kind: Literal["calibrated"]
    member: Predictor
    maps: Annotated[tuple[Map, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_map_each(self) -> Self:
        if len(self.maps) != self.member.width:
            msg = "a map for each output"
            raise ValueError(msg)
        return self

    @property
    def width(self) -> int:
        """How many outputs there are."""
        return len(self.maps)

    @property
    def parts(self) -> int:
        """How many terms or nodes the member has."""
        return self.member.parts

    @property
    def size(self) -> str:
        """How large the predictor is, in words."""
        return f"{self.member.size}, calibrated"

    def scoring(self) -> Scores:
        """Return what works out the probabilities for a row."""
        answer, maps = self.member.answer, tuple(item.mapping() for item in self.maps)

        def score(row: Row) -> list[float]:
            mapped = [mapping(output) for mapping, output in zip(maps, answer(row), strict=True)]
            return links.shared(mapped) if len(mapped) > 1 else mapped

        return score

    def extents(self, inputs: Inputs) -> list[Extent]:
        """Return between which numbers each output lies; raise ValueError for what does not hold together."""
        extents = self.member.extents(inputs)
        if not all(item.fits(extent) for item, extent in zip(self.maps, extents, strict=True)):
            msg = "calibration that is finite for every row within the bounds"
            raise ValueError(msg)
        return [(0.0, 1.0)] * self.width


Predictor = Annotated[Additive | Trees | Average | Calibrated, Field(discriminator="kind")]
Average.model_rebuild()
Calibrated.model_rebuild()


def depth(predictor: Predictor) -> int:
    """Return how many predictors stand inside one another."""
    inner = getattr(predictor, "members", ()) if isinstance(predictor, Average) else ()
    if isinstance(predictor, Calibrated):
        inner = (predictor.member,)
    return 1 + max(map(depth, inner), default=0)
