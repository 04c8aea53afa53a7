"""Rows on the very edge of a decision inside a model: where a tree splits a number, and where a bin ends.

* For each split of a tree on a number: a given row that arrives there, with that number at the threshold, and one unit
  in the last place below and above. Where columns are cast to 32 bits, also at the two 32-bit numbers around the
  threshold and half-way between them, where the cast turns. An integer is tried at the whole numbers on either side.
* For each cut between bins: the first of the given rows, with that number at the cut and one unit on either side.
* Nothing outside the input's bounds. Of more than ``MOST`` such rows, every so-manieth is kept, evenly over the model.

Splits on products and on categories are not among them: rows that reach one are, if any given row does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from counterseal.documents.portable.additive import Additive, BinsTerm
from counterseal.documents.portable.columns import BinColumn, NumberColumn
from counterseal.documents.portable.combine import Average, Calibrated
from counterseal.documents.portable.inputs import NumberInput
from counterseal.documents.portable.trees import Trees
from pipelines.batch import Cells, columns
from pipelines.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.combine import Predictor
    from counterseal.documents.portable.model import PortableModel

MOST = 20_000
LARGEST = float(np.finfo(np.float32).max)

Probe = tuple[str, float, int]  # the input, its value, the row it is put into


def probes(model: PortableModel, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``frame``, which is not empty, with one number of each at an edge."""
    inputs = {item.name: item for item in model.inputs if isinstance(item, NumberInput)}
    found = dict.fromkeys(
        probe
        for name, value, row in _evenly(list(_edges(model.predictor, frame)), MOST)
        for probe in _probes(inputs[name], value, row)
    )
    return _rows(_evenly(list(found), MOST), frame)


def _edges(predictor: Predictor, frame: pl.DataFrame) -> Iterator[Probe]:
    match predictor:
        case Additive():
            terms = (term for score in predictor.scores for term in score.terms)
            yield from ((term.input, cut, 0) for term in terms if isinstance(term, BinsTerm) for cut in term.cuts)
        case Trees():
            bins = (column for column in predictor.columns if isinstance(column, BinColumn))
            yield from ((column.input, cut, 0) for column in bins for cut in column.cuts)
            yield from _splits(predictor, frame)
        case Average():
            for member in predictor.members:
                yield from _edges(member, frame)
        case Calibrated():
            yield from _edges(predictor.member, frame)


def _splits(predictor: Trees, frame: pl.DataFrame) -> Iterator[Probe]:
    """Yield the thresholds in the input's own unit, each with a row that arrives there."""
    forest = Forest(predictor)
    for tree, arrivals in zip(predictor.trees, forest.arrivals(columns(predictor, Cells(frame))), strict=True):
        for node, threshold in zip(tree.splits, tree.threshold, strict=True):
            column = predictor.columns[tree.feature[node]]
            if isinstance(column, NumberColumn):
                turns = _turns(threshold) if predictor.cast == "float32" else (threshold,)
                yield from ((column.input, turn * column.scale + column.center, int(arrivals[node])) for turn in turns)


def _turns(threshold: float) -> tuple[float, ...]:
    """Return a threshold, the 32-bit numbers around it, and the number half-way, where the cast turns."""
    if not abs(threshold) < LARGEST:
        return ()
    near = np.float32(threshold)
    below = near if float(near) <= threshold else np.nextafter(near, np.float32(-math.inf))
    low, high = float(below), float(np.nextafter(below, np.float32(math.inf)))
    return (threshold, low, high, (low + high) / 2)


def _probes(item: NumberInput, value: float, row: int) -> Iterator[Probe]:
    if not math.isfinite(value):
        return
    around = (math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf))
    values = (math.floor(value), math.ceil(value)) if item.type == "integer" else around
    yield from ((item.name, one, row) for one in values if item.minimum <= one <= item.maximum)


def _evenly(found: list[Probe], most: int) -> list[Probe]:
    return found if len(found) <= most else [found[place * len(found) // most] for place in range(most)]


def _rows(found: list[Probe], frame: pl.DataFrame) -> pl.DataFrame:
    by_input: dict[str, list[tuple[float, int]]] = {}
    for name, value, row in found:
        by_input.setdefault(name, []).append((value, row))
    parts = [frame.clear()]
    for name, pairs in by_input.items():
        values, rows = zip(*pairs, strict=True)
        parts.append(frame[list(rows)].with_columns(pl.Series(name, values, dtype=frame.schema[name])))
    return pl.concat(parts)
