"""The rules of dataset.yaml, compiled to a dataframely schema that judges a piece of the data.

By column: ``missing`` where it may not be, ``spelling`` (``types``), ``zone`` (a moment ends in Z if dataset.yaml
writes the column's moments so), ``bounds``, ``category``, ``pattern``. The target is a column like the others: its
classes are its categories, and it is never missing.

Columns are numbered, ``v0`` for values and ``c0`` for the cells as they are, because a name could hide a method of the
schema.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

import dataframely as dy
import polars as pl

from counterseal.documents.column import CategoryColumn, DateColumn, DatetimeColumn, NumberColumn, TextColumn
from counterseal.documents.split import TemporalSplit
from counterseal.documents.target import RegressionTarget
from counterseal.values.finding import refuse
from pipelines.data import types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from counterseal.documents.column import Column
    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.target import Target
    from pipelines.data.types import Cell

    Check: TypeAlias = Callable[[pl.Expr], pl.Expr]

ROW = "row"
_KINDS: dict[str, Callable[..., dy.Column]] = {
    "integer": dy.Int64,
    "number": lambda **rules: dy.Float64(allow_inf=True, allow_nan=True, **rules),  # both are out of all bounds
    "category": dy.String,
    "date": dy.Date,
    "datetime": lambda **rules: dy.Datetime(time_unit="us", **rules),
    "text": dy.String,
}


@dataclass(frozen=True)
class Field:
    """A column of the data, numbered, and how it is described."""

    place: int
    name: str
    column: Column
    is_target: bool = False
    in_utc: bool | None = None

    @property
    def value(self) -> str:
        """What the column of its values is called in a piece."""
        return f"v{self.place}"

    @property
    def cell(self) -> str:
        """What the column of its cells is called in a piece."""
        return f"c{self.place}"


@dataclass(frozen=True)
class Rules:
    """A dataset's fields, and how cells of a file become values."""

    fields: tuple[Field, ...]
    cells: dict[str, Cell]

    @classmethod
    def of(cls, dataset: DatasetSpec, schema: pl.Schema, where: str) -> Rules:
        """Compile the rules for columns typed like this; raise Refused if a type cannot hold what is described."""
        fields, missing = tuple(described(dataset)), dataset.missing
        kinds = {field.name: field.column.type for field in fields}
        return cls(fields, {name: types.cell(name, kind, schema[name], missing, where) for name, kind in kinds.items()})

    def values(self, frame: pl.DataFrame, first: int) -> pl.DataFrame:
        """Return values, cells that may lose theirs, and row numbers (from 0) of a piece that begins at a row."""
        chosen = [field for field in self.fields if field.name in frame.columns]
        typed = [self.cells[field.name].value.alias(field.value) for field in chosen]
        kept = [self.cells[field.name].present.alias(field.cell) for field in chosen if self.cells[field.name].lossy]
        return frame.select(pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias(ROW), *typed, *kept)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (column, rule) for each rule that is held against the data."""
        for field in self.fields:
            yield from ((field.name, rule) for rule in self._checks(field))

    @cached_property
    def schema(self) -> type[dy.Schema]:
        """The schema that judges a piece."""
        judged = {field.value: self._judged(field) for field in self.fields}
        kept = {field.cell: dy.Any() for field in self.fields if self.cells[field.name].lossy}
        columns = {ROW: dy.Int64(nullable=False), **judged, **kept}
        return cast("type[dy.Schema]", type("Described", (dy.Schema,), columns))

    def _judged(self, field: Field) -> dy.Column:
        return _KINDS[field.column.type](nullable=True, check=self._checks(field))

    def _checks(self, field: Field) -> dict[str, Check]:
        checks: dict[str, Check] = {}
        lossy = self.cells[field.name].lossy
        cell = pl.col(field.cell if lossy else field.value)
        if not field.column.nullable:
            checks["missing"] = lambda _: cell.is_not_null()
        if lossy:
            checks["spelling"] = lambda value: value.is_not_null() | cell.is_null()
        if lossy and field.in_utc is not None:
            checks["zone"] = lambda _: cell.str.ends_with("Z") == field.in_utc
        return checks | dict(_described(field.column))


def described(dataset: DatasetSpec) -> Iterator[Field]:
    """Yield the described columns, and the target last."""
    for place, (name, column) in enumerate(dataset.columns.items()):
        yield Field(place, name, column, in_utc=_in_utc(dataset, name, column))
    yield Field(len(dataset.columns), dataset.target.column, _outcome(dataset.target), is_target=True)


def _in_utc(dataset: DatasetSpec, name: str, column: Column) -> bool | None:
    """Say whether dataset.yaml writes a column's moments in UTC; None if it writes none."""
    split = dataset.split
    since = split.since if isinstance(split, TemporalSplit) and split.column == name else None
    ends = (column.minimum, column.maximum, since) if isinstance(column, DatetimeColumn) else ()
    return next((end.endswith("Z") for end in ends if end is not None), None)


def _outcome(target: Target) -> Column:
    if isinstance(target, RegressionTarget):
        low, high = target.minimum, target.maximum
        return NumberColumn(type="number", meaning=target.meaning, minimum=low, maximum=high)
    classes = {item.value: item.label for item in target.classes}
    return CategoryColumn(type="category", meaning=target.meaning, categories=classes)


def _described(column: Column) -> Iterator[tuple[str, Check]]:
    if isinstance(column, NumberColumn):
        low, high = _ends(column)
        yield "bounds", lambda value: value.is_between(low, high)
    elif isinstance(column, CategoryColumn):
        listed = list(column.categories)
        yield "category", lambda value: value.is_in(listed)
    elif isinstance(column, TextColumn) and column.pattern is not None:
        pattern = _whole(column.pattern)
        yield "pattern", lambda value: value.str.contains(pattern)
    elif isinstance(column, DateColumn | DatetimeColumn) and (column.minimum, column.maximum) != (None, None):
        yield "bounds", lambda value: _within(value, column)


def _ends(column: NumberColumn) -> tuple[float, float]:
    """Return a column's bounds, of integers as integers: they compare faster."""
    if column.type == "integer":
        return math.ceil(column.minimum), math.floor(column.maximum)
    return column.minimum, column.maximum


def _within(value: pl.Expr, column: DateColumn | DatetimeColumn) -> pl.Expr:
    low, high = (None if end is None else _moment(end, column.type) for end in (column.minimum, column.maximum))
    above = pl.lit(value=True) if low is None else value >= low
    return above if high is None else above & (value <= high)


def _moment(text: str, kind: str) -> date | datetime:
    return date.fromisoformat(text) if kind == "date" else datetime.fromisoformat(text.removesuffix("Z"))


def _whole(pattern: str) -> str:
    whole = rf"\A(?:{pattern})\z"
    try:
        pl.select(pl.lit("").str.contains(whole))
    except pl.exceptions.PolarsError as error:
        raise refuse("PATTERN_SYNTAX", "dataset.yaml", "a pattern of Rust's regex", f"{pattern[:80]!r}") from error
    return whole
