"""Parquet, strictly and in pieces: a proved footer (``footer``), then polars, some row groups at a time.

Every piece must have the rows that the footer promised; what polars cannot decode is refused (DATA_SYNTAX).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from counterseal.values.finding import Refused, refuse
from pipelines.data import footer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.data.material import Data

PIECE = 500_000
_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


class ParquetFile:
    """A Parquet file: the names of its columns, and its rows in pieces."""

    def __init__(self, data: Data, where: str) -> None:
        """Prove the footer; raise Refused (DATA_*) if it lies."""
        self.data, self.where, self.done = data, where, 0.0
        self.footer = footer.prove(data, where)
        self.schema = self._schema()

    def place(self, row: int) -> str:
        """Return where a row (from 0) stands."""
        return f"{self.where}:{row + 1}"

    def frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the rows of some columns in order, as the file types them; raise Refused (DATA_*) if any lacks."""
        for start, height in pieces(self.footer.groups):
            frame = self._read(names, start, height)
            if frame.height != height:
                raise refuse("DATA_FOOTER", self.where, f"{height} rows from row {start + 1} on", f"{frame.height}")
            self.done += height / sum(self.footer.groups)
            yield frame

    def _schema(self) -> pl.Schema:
        try:
            schema = pl.read_parquet_schema(self.data.path)
        except _ERRORS as error:
            raise _undecodable(error, self.where) from error
        if tuple(schema) != self.footer.names:
            raise refuse("DATA_FOOTER", self.where, "the columns of the footer", ", ".join(schema)[:200])
        return pl.Schema(schema)

    def _read(self, names: Sequence[str], start: int, height: int) -> pl.DataFrame:
        scan = pl.scan_parquet(self.data.path, use_statistics=False, glob=False)
        try:
            return scan.select(names).slice(start, height).collect()
        except _ERRORS as error:
            raise _undecodable(error, self.where) from error


def _undecodable(error: BaseException, where: str) -> Refused:
    found = (str(error).splitlines() or ["nothing"])[0]
    return refuse("DATA_SYNTAX", where, "a Parquet file that can be decoded", found[:200])


def pieces(groups: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first row, rows) of pieces that begin where a row group does, of about ``PIECE`` rows or of one group."""
    start = height = 0
    for rows in groups:
        if height and height + rows > PIECE:
            yield start, height
            start, height = start + height, 0
        height += rows
    yield start, height
