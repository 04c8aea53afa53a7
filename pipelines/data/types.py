"""From a cell as a file has it to a value of the type that dataset.yaml says, or to nothing where it is none.

* Text among ``missing`` is a missing value.
* A number is spelled as JSON spells it, an integer without a fraction, a day as 2013-01-31, a moment as
  2013-01-31T05:15:00 with a fraction or without, ending in Z or not; either is read as UTC.
* A typed column of a Parquet file is taken as it is if its type can say no more than what is described; else each
  value must survive: no infinity, no fraction of an integer, no integer of more than 64 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polars._typing import PolarsDataType

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SPELLING = {
    "integer": r"^-?(0|[1-9][0-9]*)$",
    "number": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$",
    "date": rf"^{_DAY}$",
    "datetime": rf"^{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?Z?$",
}
_EXACT = 2**53
MOMENT = pl.Datetime("us")


@dataclass(frozen=True)
class Cell:
    """How a cell becomes a value: the value, and the cell as it is there; ``lossy`` if the value may be lost."""

    value: pl.Expr
    present: pl.Expr
    lossy: bool


def cell(name: str, kind: str, dtype: PolarsDataType, missing: Sequence[str], where: str) -> Cell:
    """Return how cells of a column become values of a kind; raise Refused if its type cannot hold them."""
    column = pl.col(name)
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum)):
        text = column.cast(pl.String)
        present = pl.when(~text.is_in(list(missing))).then(text)
        return Cell(_spelled(present, kind), present, lossy=kind in SPELLING)
    value = _typed(column, kind, dtype)
    if value is None:
        mend = "write the column with another type, or describe it as it is"
        raise refuse("COLUMN_TYPE", where, f"{name} of a type that holds {kind} values", str(dtype), mend)
    return Cell(value, column, lossy=not _fits(kind, dtype))


def _spelled(text: pl.Expr, kind: str) -> pl.Expr:
    if kind not in SPELLING:
        return text
    spelled = pl.when(text.str.contains(SPELLING[kind])).then(text)
    if kind == "date":
        return spelled.str.to_date("%Y-%m-%d", strict=False)
    if kind == "datetime":
        return spelled.str.strip_suffix("Z").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    if kind == "integer":
        return spelled.cast(pl.Int64, strict=False)
    return _number(spelled.cast(pl.Float64, strict=False))


def _number(value: pl.Expr) -> pl.Expr:
    return pl.when(value == 0.0).then(0.0).otherwise(value)  # -0.0 is the same value, and would have another spelling


def _typed(column: pl.Expr, kind: str, dtype: PolarsDataType) -> pl.Expr | None:
    """Return the values of a column that is typed already; None if it cannot hold them."""
    whole, fraction = dtype.is_integer(), dtype.is_float()
    if kind == "integer" and fraction:
        column = pl.when((column == column.floor()) & (column.abs() < _EXACT)).then(column)
    if kind == "integer" and (whole or fraction):
        return column.cast(pl.Int64, strict=False)
    if kind == "number" and dtype.is_numeric():
        return _number((pl.when(column.is_finite()).then(column) if fraction else column).cast(pl.Float64))
    if kind in {"category", "text"} and (whole or dtype == pl.Boolean):
        return column.cast(pl.String)
    if kind == "date" and dtype == pl.Date:
        return column
    if kind == "datetime" and isinstance(dtype, pl.Datetime) and dtype.time_zone in {None, "UTC"}:
        return column.dt.replace_time_zone(None).dt.cast_time_unit("us")
    return None


def _fits(kind: str, dtype: PolarsDataType) -> bool:
    """Say whether every value of a type is a value of the kind."""
    if kind in {"integer", "number"}:
        return dtype in {pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32}
    return True
