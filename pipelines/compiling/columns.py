"""The columns that a fitted preparation makes, as plain data, in the order in which an estimator sees them.

One way of preparing after the other, feature by feature; behind them the products of the interactions, every column of
the one feature times every column of the other.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from counterseal.documents.portable.columns import BinColumn, CodeColumn, NumberColumn, ProductColumn
from counterseal.documents.preprocessing import Categorical, Numeric
from pipelines.fitting.preparation import ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.columns import Column
    from pipelines.study import Study

    Simple = NumberColumn | CodeColumn | BinColumn

NO_CUT = (0.0,)


def columns(study: Study, prepared: Any) -> tuple[Simple, ...]:  # noqa: ANN401 (the library has no types)
    """Return the columns that a fitted preparation makes of each feature alone."""
    found: list[Simple] = []
    for place, (how, names) in enumerate(ways(study).items()):
        impute, last = prepared.named_transformers_[str(place)]
        for i, name in enumerate(names):
            nullable = study.dataset.columns[name].nullable and how.impute != "none"
            fill = impute.statistics_[i] if nullable else None
            if isinstance(how, Numeric):
                found += _numbers(name, fill, how, last, i)
            else:
                found += _codes(name, fill, how, last, i)
    return tuple(found)


def pairs(study: Study, simple: tuple[Simple, ...]) -> list[tuple[int, int]]:
    """Return the places of the columns that are multiplied."""
    at: dict[str, list[int]] = {}
    for place, column in enumerate(simple):
        at.setdefault(column.input, []).append(place)
    wanted = study.spec.preprocessing.interactions
    return [(i, j) for one, other in wanted for i in at[one] for j in at[other]]


def products(simple: tuple[Simple, ...], places: list[tuple[int, int]]) -> tuple[Column, ...]:
    """Return columns that are multiplied."""
    return tuple(ProductColumn(kind="product", of=(simple[i], simple[j])) for i, j in places)


def _numbers(name: str, fill: Any, how: Numeric, last: Any, i: int) -> Iterator[Simple]:  # noqa: ANN401
    if how.bins != "none":
        yield from _bins(name, fill, [float(edge) for edge in last.bin_edges_[i][1:-1]])
        return
    yield NumberColumn(
        kind="number",
        input=name,
        impute=None if fill is None else float(fill),
        center=float(last.mean_[i]) if how.scale == "standard" else 0.0,
        scale=float(last.scale_[i]) if how.scale == "standard" else 1.0,
    )


def _bins(name: str, fill: Any, cuts: list[float]) -> Iterator[BinColumn]:  # noqa: ANN401
    for place in range(len(cuts) + 1):
        values = [float(place == other) for other in range(len(cuts) + 1)]
        missing = 0.0 if fill is None else values[bisect_right(cuts, float(fill))]
        known = (tuple(cuts), tuple(values)) if cuts else (NO_CUT, (1.0, 1.0))
        yield BinColumn(kind="bin", input=name, cuts=known[0], values=known[1], missing=missing)


def _codes(name: str, fill: Any, how: Categorical, last: Any, i: int) -> Iterator[CodeColumn]:  # noqa: ANN401
    def code(codes: dict[str, float], unseen: float | None) -> CodeColumn:
        missing = unseen if fill is None else codes.get(fill, unseen)
        return CodeColumn(kind="code", input=name, codes=codes, unseen=unseen, missing=missing)

    if how.encode == "woe":
        yield code(last.weights_[i], 0.0)
    elif how.encode == "one_hot":
        yield from (code({str(category): 1.0}, 0.0) for category in last.categories_[i])
    else:
        codes = {str(category): float(place) for place, category in enumerate(last.categories_[i])}
        yield code(codes, None if how.encode == "native" else -1.0)
