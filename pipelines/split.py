"""Which rows are learned from and which are held out, by a hash of each row, so that one new row moves one row.

* A row's digest is the SHA-256 of the split's salt, a newline, and its cells as netstrings (``3:abc,``); a missing cell
  is a lone comma. An integer is spelled in decimal, a number as its 64 bits (IEEE 754) read as an integer, a day as
  2013-01-31, a moment as the microseconds since 1970, all else as itself. The cells are those of the split's ``key`` in
  its order; without one, of all columns that a model can read, by name: rows that are the same to a model fall on the
  same side.
* ``hash``, ``grouped``: a row is held out if its digest's first 64 bits, as a fraction of 2**64, are below ``holdout``.
* ``stratified``: the same, with the row's class (of a number: how many ``edges`` are not above it) as its first cell.
  Each class's share held out must lie within ``ERRORS`` binomial standard errors of ``holdout``.
* ``temporal``: a row is held out if its time is not before ``since``.
* Its fold, for out-of-fold estimates, comes from the next 64 bits of its digest.
* Each side holds enough rows (of each class), and of a grouped split enough groups, or nothing could be said about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from counterseal.documents.split import GroupedSplit, StratifiedSplit, TemporalSplit
from counterseal.values.finding import Finding
from pipelines.data.findings import refuse_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.split import Split
    from pipelines.table import Table

MIN_CLASS = 10
MIN_ROWS = 30
MIN_GROUPS = 5
FOLDS = 5
ERRORS = 4.0

_PIECE = 500_000
_MORE = "collect more data, or change the split in dataset.yaml"


@dataclass(frozen=True)
class Sides:
    """For each row whether it is held out, and its fold."""

    holdout: tuple[bool, ...]
    folds: tuple[int, ...]


def divide(table: Table, dataset: DatasetSpec, where: str) -> Sides:
    """Divide the rows; raise Refused if a side would be too small to learn from or to measure on."""
    split = dataset.split
    strata = _strata(table, dataset)
    bits = digests(table.frame.select(*strata, *(split.key or sorted(dataset.readable))), split.salt)
    held = _held(table.frame, split, bits[:, 0])
    refuse_all(_unbalanced(strata, held, dataset, where))
    refuse_all(_too_small(table, dataset, held, where))
    return Sides(tuple(held.tolist()), tuple((bits[:, 1] % FOLDS).tolist()))


def digests(cells: pl.DataFrame, salt: str) -> NDArray[np.uint64]:
    """Return the first two times 64 bits of each row's digest."""
    head = f"{salt}\n".encode()
    made = bytearray()
    for piece in cells.iter_slices(_PIECE):
        texts = piece.select(pl.concat_str(_netstring(series) for series in piece)).to_series()
        made += b"".join(sha256(head + text.encode()).digest()[:16] for text in texts)
    return np.frombuffer(made, ">u8").astype(np.uint64).reshape(-1, 2)


def _netstring(cells: pl.Series) -> pl.Series:
    text = canonical(cells)
    length = text.str.len_bytes().cast(pl.String)
    return (length + ":" + text + ",").fill_null(",")


def canonical(cells: pl.Series) -> pl.Series:
    """Return cells as text that is the same on every machine and under every library."""
    if cells.dtype == pl.Float64:
        bits = pl.Series(cells.fill_null(0.0).to_numpy().view(np.uint64)).cast(pl.String)
        return pl.select(pl.when(cells.is_not_null()).then(bits)).to_series()
    if cells.dtype == pl.Date:
        return cells.dt.to_string("%Y-%m-%d")
    if isinstance(cells.dtype, pl.Datetime):
        return cells.cast(pl.Int64).cast(pl.String)
    return cells.cast(pl.String)


def _strata(table: Table, dataset: DatasetSpec) -> list[pl.Series]:
    """Return each row's stratum, if there are any."""
    split, target = dataset.split, dataset.target
    if not isinstance(split, StratifiedSplit):
        return []
    if split.edges is not None:
        return [pl.Series("", np.searchsorted(split.edges, table.target.to_numpy(), side="right"))]
    classes = pl.Series([item.value for item in target.classes])
    return [classes[table.target.cast(pl.Int64)].alias("")]


def _held(frame: pl.DataFrame, split: Split, bits: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if isinstance(split, TemporalSplit):
        moment = frame[split.column].dtype != pl.Date
        since = datetime.fromisoformat(split.since.removesuffix("Z")) if moment else date.fromisoformat(split.since)
        return (frame[split.column] >= since).to_numpy()
    return bits.astype(np.float64) / 2**64 < split.holdout


def _too_small(table: Table, dataset: DatasetSpec, held: NDArray[np.bool_], where: str) -> Iterator[Finding]:
    for side, chosen in (("training", ~held), ("holdout", held)):
        yield from _too_few(table.target.filter(chosen), dataset, side, where)
        if isinstance(dataset.split, GroupedSplit):
            groups = table.frame.filter(chosen).select(dataset.split.key).n_unique()
            if groups < MIN_GROUPS:
                expected = f"at least {MIN_GROUPS} groups among the {side} rows"
                yield Finding("TOO_FEW_GROUPS", where, expected, str(groups), _MORE)


def _too_few(rows: pl.Series, dataset: DatasetSpec, side: str, where: str) -> Iterator[Finding]:
    labels = dataset.target.labels
    if not labels and (len(rows) < MIN_ROWS or rows.n_unique() == 1):
        expected = f"at least {MIN_ROWS} {side} rows, with different values of the target"
        yield Finding("TOO_FEW_ROWS", where, expected, str(len(rows)), _MORE)
    counts = dict(rows.cast(pl.Int64).value_counts().iter_rows()) if labels else {}
    for place, label in enumerate(labels):
        if (found := counts.get(place, 0)) < MIN_CLASS:
            expected = f"at least {MIN_CLASS} rows of each class among the {side} rows"
            yield Finding("TOO_FEW_ROWS", where, expected, f"{found} of {label}", _MORE)


def _unbalanced(
    strata: list[pl.Series], held: NDArray[np.bool_], dataset: DatasetSpec, where: str
) -> Iterator[Finding]:
    share = getattr(dataset.split, "holdout", 0.0)
    for stratum in strata:
        counted = pl.DataFrame({"stratum": stratum, "held": held}).group_by("stratum", maintain_order=True)
        for name, rows, out in counted.agg(pl.len(), pl.col("held").sum().alias("out")).iter_rows():
            if abs(out / rows - share) > ERRORS * sqrt(share * (1 - share) / rows):
                expected = f"{share:g} of the rows of stratum {name} held out, within {ERRORS:g} standard errors"
                mend = "choose another salt; if many rows are alike, split by a key"
                yield Finding("SPLIT_UNBALANCED", where, expected, f"{out} of {rows}", mend)
