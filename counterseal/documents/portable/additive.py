"""Scores that are sums: an intercept, to which the terms' shares are added in the order written.

* ``linear``: missing is replaced by ``impute``, then (value - center) / scale * weight.
* ``squared``: the same number z = (value - center) / scale, then z * z * weight.
* ``bins``: the value's place among rising ``cuts``, counting those that are not above it, gives one of ``weights``;
  ``missing`` for none.
* ``category``: missing is replaced by ``impute``, then the weight listed, ``unseen`` if there is none.
* ``product``: one column times another times the weight.

A term always has a share: an input that may be null has a substitute. No row within the bounds makes a sum that is
not finite.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.documents.portable import columns, links
from counterseal.documents.portable.columns import Cuts, Positive, Simple
from counterseal.documents.portable.inputs import Finite
from counterseal.documents.portable.scored import Scored, several
from counterseal.values.names import Identifier

if TYPE_CHECKING:
    from counterseal.documents.portable.columns import Read
    from counterseal.documents.portable.inputs import Inputs, NumberInput, Row
    from counterseal.documents.portable.links import Extent
    from counterseal.documents.portable.scored import Scores


class LinearTerm(Value):
    """(value - center) / scale * weight."""

    kind: Literal["linear"]
    input: Identifier
    impute: Finite | None
    center: Finite
    scale: Positive
    weight: Finite

    def share(self) -> Read:
        """Return what works out the term's share for a row."""
        center, scale, weight = self.center, self.scale, self.weight
        return columns.number(self.input, self.impute, lambda value: (value - center) / scale * weight)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the share lies: it is at its least and largest at a bound or where imputed."""
        item = _substituted(inputs, self.input, self.impute)
        return columns.between(self.share()({self.input: end}) for end in columns.ends(item, self.impute))


class SquaredTerm(Value):
    """((value - center) / scale) squared * weight."""

    kind: Literal["squared"]
    input: Identifier
    impute: Finite | None
    center: Finite
    scale: Positive
    weight: Finite

    def share(self) -> Read:
        """Return what works out the term's share for a row."""
        center, scale, weight = self.center, self.scale, self.weight

        def made(value: float) -> float:
            z = (value - center) / scale
            return z * z * weight

        return columns.number(self.input, self.impute, made)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the share lies, of which 0, at the centre, may be one."""
        item = _substituted(inputs, self.input, self.impute)
        return columns.between([0.0, *(self.share()({self.input: end}) for end in columns.ends(item, self.impute))])


class BinsTerm(Value):
    """The weight of the range that the value lies in."""

    kind: Literal["bins"]
    input: Identifier
    cuts: Cuts
    weights: tuple[Finite, ...]
    missing: Finite

    @model_validator(mode="after")
    def _one_more(self) -> Self:
        columns.check_cuts(self.cuts, self.weights)
        return self

    def share(self) -> Read:
        """Return what works out the term's share for a row."""
        return columns.binned(self.input, self.cuts, self.weights, self.missing)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the share lies."""
        columns.numeric(inputs, self.input)
        return columns.between([*self.weights, self.missing])


class CategoryTerm(Value):
    """The weight of the category."""

    kind: Literal["category"]
    input: Identifier
    impute: str | None
    weights: dict[str, Finite]
    unseen: Finite

    def share(self) -> Read:
        """Return what works out the term's share for a row."""
        missing = self.unseen if self.impute is None else self.weights.get(self.impute, self.unseen)
        return columns.listed(self.input, self.weights, self.unseen, missing)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the share lies."""
        columns.categorical(inputs, self.input)
        return columns.between([*self.weights.values(), self.unseen])


class ProductTerm(Value):
    """One column times another times the weight."""

    kind: Literal["product"]
    of: tuple[Simple, Simple]
    weight: Finite

    def share(self) -> Read:
        """Return what works out the term's share for a row."""
        one, other, weight = self.of[0].reading(), self.of[1].reading(), self.weight
        return lambda row: one(row) * other(row) * weight

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the share lies."""
        one, other = (column.extent(inputs) for column in self.of)
        if any(column.absent(inputs) for column in self.of):
            msg = "a substitute for whatever may be missing in a product"
            raise ValueError(msg)
        return columns.between(a * b * self.weight for a in one for b in other)


Term = Annotated[
    LinearTerm | SquaredTerm | BinsTerm | CategoryTerm | ProductTerm,
    Field(discriminator="kind"),
]


class Score(Value):
    """An intercept and terms."""

    intercept: Finite
    terms: Annotated[tuple[Term, ...], Field(max_length=4000)]

    def total(self) -> Read:
        """Return what works out the sum for a row."""
        intercept, shares = self.intercept, tuple(term.share() for term in self.terms)

        def total(row: Row) -> float:
            found = intercept
            for share in shares:
                found += share(row)
            return found

        return total

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the sum lies; raise ValueError if some part of it may not be finite."""
        extents = [(self.intercept, self.intercept), *(term.extent(inputs) for term in self.terms)]
        if not math.isfinite(sum(max(map(abs, extent)) for extent in extents)):
            msg = "terms whose sum is finite for every row within the bounds"
            raise ValueError(msg)
        return sum(low for low, _ in extents), sum(high for _, high in extents)


class Additive(Scored):
    """Sums, one for each output, and the link that turns them into outputs."""

    kind: Literal["additive"]
    scores: Annotated[tuple[Score, ...], Field(min_length=1, max_length=100)]
    link: links.Link

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if not links.fits(self.link, self.width):
            msg = "a link that fits the number of scores"
            raise ValueError(msg)
        return self

    @property
    def outermost(self) -> links.Link:
        """What turns the scores into outputs."""
        return self.link

    @property
    def width(self) -> int:
        """How many scores, and outputs, there are."""
        return len(self.scores)

    @property
    def parts(self) -> int:
        """How many terms there are."""
        return sum(len(score.terms) for score in self.scores)

    @property
    def size(self) -> str:
        """How large the predictor is, in words."""
        return several(self.parts, "term")

    def scoring(self) -> Scores:
        """Return what works out the scores for a row."""
        totals = tuple(score.total() for score in self.scores)
        if len(totals) == 1:
            (only,) = totals
            return lambda row: (only(row),)
        return lambda row: [total(row) for total in totals]

    def extents(self, inputs: Inputs) -> list[Extent]:
        """Return between which numbers each output lies; raise ValueError for what does not hold together."""
        return links.linked(self.link, [score.extent(inputs) for score in self.scores])


def inputs_of(term: Term) -> tuple[str, ...]:
    """Return the inputs that a term's share depends on, each once."""
    if isinstance(term, ProductTerm):
        return tuple(dict.fromkeys(column.input for column in term.of))
    return (term.input,)


def _substituted(inputs: Inputs, name: str, impute: float | None) -> NumberInput:
    item = columns.numeric(inputs, name)
    if item.nullable and impute is None:
        msg = f"a substitute for a missing {name}"
        raise ValueError(msg)
    return item
