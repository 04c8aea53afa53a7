"""Scores that are sums over columns, written as terms over inputs.

What an estimator adds for a column is a ``Share``. A number and a product keep a term each. The columns of a category,
or of the bins of a number, are tabulated: what they add together, for each category or bin, is one weight.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from counterseal.documents.portable.additive import BinsTerm, CategoryTerm, Score
from counterseal.documents.portable.columns import BinColumn, CodeColumn, NumberColumn, ProductColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from counterseal.documents.portable.additive import Term
    from counterseal.documents.portable.columns import Column


class Share(Protocol):
    """What a column adds to a score."""

    def at(self, value: float) -> float:
        """Return what is added where the column has this value."""

    def number(self, column: NumberColumn) -> Iterable[Term]:
        """Return it as terms over the input of the number."""

    def product(self, column: ProductColumn) -> Iterable[Term]:
        """Return it as terms over the two columns."""


def score(intercept: float, columns: Sequence[Column], shares: Sequence[Share]) -> Score:
    """Return a score to which each column adds its share."""
    return Score(intercept=intercept, terms=tuple(_terms(columns, shares)))


def _terms(columns: Sequence[Column], shares: Sequence[Share]) -> Iterator[Term]:
    for _, grouped in groupby(zip(columns, shares, strict=True), key=lambda pair: _input(pair[0])):
        pairs = list(grouped)
        for column, share in pairs:
            if isinstance(column, NumberColumn):
                yield from share.number(column)
            elif isinstance(column, ProductColumn):
                yield from share.product(column)
        yield from _tabulated(pairs)


def _input(column: Column) -> str | int:
    """Return what columns that belong together share; a product belongs to no other column."""
    return id(column) if isinstance(column, ProductColumn) else column.input


def _tabulated(pairs: Sequence[tuple[Column, Share]]) -> Iterator[Term]:
    codes = [(column, share) for column, share in pairs if isinstance(column, CodeColumn)]
    bins = [(column, share) for column, share in pairs if isinstance(column, BinColumn)]
    if codes:
        yield _category(codes)
    if bins:
        first, sizes = bins[0][0], range(len(bins[0][0].values))
        yield BinsTerm(
            kind="bins",
            input=first.input,
            cuts=first.cuts,
            weights=tuple(_sum(share.at(column.values[place]) for column, share in bins) for place in sizes),
            missing=_sum(share.at(column.missing or 0.0) for column, share in bins),
        )


def _category(codes: Sequence[tuple[CodeColumn, Share]]) -> CategoryTerm:
    first = codes[0][0]
    listed = {category: None for column, _ in codes for category in column.codes}

    def weight(category: str | None) -> float:
        return _sum(share.at(column.codes.get(category or "", column.unseen or 0.0)) for column, share in codes)

    imputed = [category for category in listed if all(c.missing == c.codes.get(category, c.unseen) for c, _ in codes)]
    return CategoryTerm(
        kind="category",
        input=first.input,
        impute=imputed[0] if imputed and any(c.missing != c.unseen for c, _ in codes) else None,
        weights={category: weight(category) for category in listed},
        unseen=weight(None),
    )


def _sum(shares: Iterable[float]) -> float:
    total = 0.0
    for share in shares:  # from Python 3.12 on, sum() rounds in another way
        total += share
    return total
