"""A PortableModel's answers for many rows at once, bit for bit those that it gives for each.

What is done to a number here is what ``counterseal.documents.portable`` does to it, in the same order, for all rows of
a chunk. Sums, products and comparisons are numpy's, which rounds as Python does; what goes through a link or a map is
handed, row by row, to the kernel's own functions, because numpy's exp may end in another bit than Python's.

Nothing is checked: rows are those that ``PortableModel.check`` finds nothing wrong with, a missing value is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np
from numpy.typing import NDArray

from counterseal.documents.portable.additive import (
    Additive,
    BinsTerm,
    CategoryTerm,
    LinearTerm,
    ProductTerm,
    SquaredTerm,
)
from counterseal.documents.portable.columns import BinColumn, CodeColumn, NumberColumn, ProductColumn
from counterseal.documents.portable.combine import Average, Calibrated
from counterseal.documents.portable.links import LINKS, shared
from counterseal.documents.portable.trees import Trees
from pipelines.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from counterseal.documents.portable.additive import Term
    from counterseal.documents.portable.columns import Column
    from counterseal.documents.portable.combine import Predictor
    from counterseal.documents.portable.links import Link
    from counterseal.documents.portable.model import PortableModel

Numbers = NDArray[np.float64]

CHUNK = 8192  # rows whose columns fit into a processor's cache


def outputs(model: PortableModel, frame: pl.DataFrame) -> Numbers:
    """Return the outputs [rows, outputs] for a frame with the model's inputs among its columns."""
    return evaluator(model)(frame)


def evaluator(model: PortableModel) -> Callable[[pl.DataFrame], Numbers]:
    """Return what gives the outputs for a frame; whoever asks often keeps it."""
    evaluate = _evaluator(model.predictor)

    def evaluated(frame: pl.DataFrame) -> Numbers:
        chunks = range(0, frame.height, CHUNK)
        found = [evaluate(Cells(frame[at : at + CHUNK])) for at in chunks]
        answers = np.concatenate([np.empty((0, model.predictor.width)), *found])
        return np.clip(answers, 0.0, 1.0) if model.classes else answers

    return evaluated


def columns(predictor: Trees, cells: Cells) -> Numbers:
    """Return the columns [rows, columns] that trees look at, before they are cast."""
    read = [_column(column, cells) for column in predictor.columns]
    return np.column_stack(read) if read else np.empty((cells.rows, 0))


def decisions(model: PortableModel, outputs: Numbers) -> NDArray[np.int64]:
    """Return for outputs [rows, outputs] the places [rows] of the classes decided for; a value leads to no decision."""
    if model.threshold is not None:
        return np.array(outputs[:, 0] >= model.threshold, dtype=np.int64)
    return np.array(outputs.argmax(axis=1), dtype=np.int64)


class Cells:
    """The values of a frame, each column read once."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._numbers: dict[str, tuple[Numbers, NDArray[np.bool_]]] = {}
        self._categories: dict[str, tuple[list[str | None], NDArray[np.int64]]] = {}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._frame.height

    def numbers(self, name: str, impute: float | None) -> Numbers:
        """Return a column of numbers with ``impute``, or NaN, for those that are missing."""
        if name not in self._numbers:
            column = self._frame[name].cast(float)
            self._numbers[name] = column.fill_null(0.0).to_numpy(), column.is_null().to_numpy()
        values, absent = self._numbers[name]
        return np.where(absent, np.nan if impute is None else impute, values) if absent.any() else values

    def coded(self, name: str, table: Mapping[str, float], missing: float, unseen: float) -> Numbers:
        """Return the number that stands for each category of a column."""
        if name not in self._categories:
            different = self._frame[name].unique().to_list()
            place = {category: i for i, category in enumerate(different)}
            places = np.array([place[category] for category in self._frame[name].to_list()], dtype=np.int64)
            self._categories[name] = different, places
        different, places = self._categories[name]
        known = [missing if category is None else table.get(category, unseen) for category in different]
        return np.array(known, dtype=np.float64)[places]

    def binned(self, name: str, cuts: tuple[float, ...], values: tuple[float, ...], missing: float) -> Numbers:
        """Return the number that stands for the range each number of a column lies in."""
        numbers = self.numbers(name, None)
        found = np.array(values)[np.searchsorted(np.array(cuts), numbers, side="right").clip(0, len(cuts))]
        return np.where(np.isnan(numbers), missing, found)


def _evaluator(predictor: Predictor) -> Callable[[Cells], Numbers]:
    match predictor:
        case Additive():
            return lambda cells: _linked(predictor.link, _sums(predictor, cells))
        case Trees():
            forest = Forest(predictor)
            return lambda cells: _linked(predictor.link, forest.scores(columns(predictor, cells)))
        case Average():
            return _average(predictor)
        case Calibrated():
            return _calibrated(predictor)
    assert_never(predictor)


def _average(predictor: Average) -> Callable[[Cells], Numbers]:
    members = [(weight, _evaluator(one)) for weight, one in zip(predictor.weights, predictor.members, strict=True)]

    def evaluate(cells: Cells) -> Numbers:
        totals = np.zeros((cells.rows, predictor.width))
        for weight, member in members:
            totals += weight * member(cells)
        return totals

    return evaluate


def _calibrated(predictor: Calibrated) -> Callable[[Cells], Numbers]:
    member, maps = _evaluator(predictor.member), [item.mapping() for item in predictor.maps]

    def evaluate(cells: Cells) -> Numbers:
        columns = [list(map(mapped, column)) for mapped, column in zip(maps, member(cells).T.tolist(), strict=True)]
        if len(columns) == 1:
            return np.array(columns).T
        return np.array([shared(row) for row in zip(*columns, strict=True)])

    return evaluate


def _linked(link: Link, scores: Numbers) -> Numbers:
    if link == "identity":
        return scores
    through = LINKS[link]
    return np.array([through(row) for row in scores.tolist()], dtype=np.float64)


def _sums(predictor: Additive, cells: Cells) -> Numbers:
    totals = np.empty((cells.rows, predictor.width))
    for place, score in enumerate(predictor.scores):
        total = np.full(cells.rows, score.intercept)
        for term in score.terms:
            total += _share(term, cells)
        totals[:, place] = total
    return totals


def _share(term: Term, cells: Cells) -> Numbers:
    match term:
        case LinearTerm():
            return (cells.numbers(term.input, term.impute) - term.center) / term.scale * term.weight
        case SquaredTerm():
            z = (cells.numbers(term.input, term.impute) - term.center) / term.scale
            return z * z * term.weight
        case BinsTerm():
            return cells.binned(term.input, term.cuts, term.weights, term.missing)
        case CategoryTerm():
            missing = term.unseen if term.impute is None else term.weights.get(term.impute, term.unseen)
            return cells.coded(term.input, term.weights, missing, term.unseen)
        case ProductTerm():
            one, other = (_column(part, cells) for part in term.of)
            return one * other * term.weight
    assert_never(term)


def _column(column: Column, cells: Cells) -> Numbers:
    match column:
        case NumberColumn():
            return (cells.numbers(column.input, column.impute) - column.center) / column.scale
        case CodeColumn():
            return cells.coded(column.input, column.codes, _nan(column.missing), _nan(column.unseen))
        case BinColumn():
            return cells.binned(column.input, column.cuts, column.values, _nan(column.missing))
        case ProductColumn():
            one, other = (_column(part, cells) for part in column.of)
            return one * other
    assert_never(column)


def _nan(value: float | None) -> float:
    return np.nan if value is None else value
