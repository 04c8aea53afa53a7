"""A sheet of text against its dataset.yaml: typed values, or a finding for each cell that does not fit.

The rules, in order:

* the header names each described column, each dropped one and the target, and nothing else;
* a number is spelled as JSON spells it, an integer without a fraction; a cell among ``missing`` is a missing value;
* each column's rules, compiled to a dataframely schema: missing only where nullable, numbers within bounds, categories
  listed;
* the target is one of its two classes in every row, and both occur.

What is dropped is not kept. Values are quoted in findings only where the dataset is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import dataframely as dy
import polars as pl

from counterseal.values.finding import Finding, refuse
from pipelines.reading import MAX_FINDINGS, Sheet, line, refuse_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.column import Column, Feature
    from counterseal.documents.dataset import DatasetSpec

_SPELLING = {"integer": r"^-?(0|[1-9][0-9]*)$", "number": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$"}
_TYPES: dict[str, type[pl.DataType]] = {"integer": pl.Int64, "number": pl.Float64, "category": pl.String}
_WORDS = {"integer": "a whole number", "number": "a number", "category": "a category"}


@dataclass(frozen=True)
class Table:
    """The described columns, typed, in the order of dataset.yaml; for each row whether it is of the positive class."""

    frame: pl.DataFrame
    positive: pl.Series


def typed(sheet: Sheet, dataset: DatasetSpec, where: str) -> Table:
    """Turn a sheet into a table; raise Refused for whatever does not fit."""
    _check_header(sheet, dataset, where)
    raw = pl.DataFrame({name: pl.Series(sheet.columns[name], dtype=pl.String) for name in dataset.columns})
    present = raw.with_columns(pl.when(~pl.all().is_in(list(dataset.missing))).then(pl.all()))
    frame = present.select(_value(name, column) for name, column in dataset.columns.items())
    cells = (_finding(*problem, raw, dataset, where) for problem in _problems(frame, present, dataset))
    refuse_all(chain(cells, _target_findings(sheet, dataset, where)))
    target = pl.Series(sheet.columns[dataset.target.column], dtype=pl.String)
    return Table(frame, _both(target == dataset.target.classes[-1].value, dataset, where))


def _check_header(sheet: Sheet, dataset: DatasetSpec, where: str) -> None:
    described = {*dataset.columns, *dataset.dropped, dataset.target.column}
    absent, odd = sorted(described - set(sheet.header)), sorted(set(sheet.header) - described)
    if absent or odd:
        says = [f"without {', '.join(absent)}"] * bool(absent) + [f"with {', '.join(odd)[:200]}"] * bool(odd)
        mend = "describe each column in dataset.yaml, under columns or dropped"
        expected = f"the {len(described)} columns of dataset.yaml"
        raise refuse("HEADER_MISMATCH", f"{where}:1", expected, " and ".join(says), mend)


def _value(name: str, column: Column) -> pl.Expr:
    cell = pl.col(name)
    if column.type == "category":
        return cell
    number = pl.when(cell.str.contains(_SPELLING[column.type])).then(cell).cast(_TYPES[column.type], strict=False)
    zero = pl.lit(0, _TYPES[column.type])  # -0.0 is the same value, and would have another spelling
    return pl.when(number == zero).then(zero).otherwise(number).alias(name)


def _problems(frame: pl.DataFrame, present: pl.DataFrame, dataset: DatasetSpec) -> list[tuple[int, str, str]]:
    """Return (row, column, rule) for cells that do not fit, by row; of very many, the first rows' cells."""
    misspelled = set(_misspelled(frame, present))
    broken = set(_broken(frame, dataset))
    told = {(row, name, "nullability") for row, name, _ in misspelled}
    return sorted(misspelled | (broken - told))


def _misspelled(frame: pl.DataFrame, present: pl.DataFrame) -> Iterator[tuple[int, str, str]]:
    lost = pl.DataFrame([present[name].is_not_null() & frame[name].is_null() for name in frame.columns])
    rows = lost.with_row_index("row number").filter(pl.any_horizontal(frame.columns)).head(MAX_FINDINGS)
    for found in rows.iter_rows(named=True):
        yield from ((found["row number"], name, "spelling") for name in frame.columns if found[name])


def _broken(frame: pl.DataFrame, dataset: DatasetSpec) -> Iterator[tuple[int, str, str]]:
    names = list(dataset.columns)
    numbered = frame.rename({name: f"c{i}" for i, name in enumerate(names)}).with_row_index("row")
    _, failed = _schema(dataset).filter(numbered.cast({"row": pl.Int64}))
    details = failed.details().head(MAX_FINDINGS)
    judged = [column for column in details.columns if "|" in column]
    for found in details.iter_rows(named=True):
        for column, _, kind in (name.partition("|") for name in judged if found[name] == "invalid"):
            rule = "nullability" if kind == "nullability" else "value"
            yield found["row"], names[int(column.removeprefix("c"))], rule


def _schema(dataset: DatasetSpec) -> type[dy.Schema]:
    """Compile dataset.yaml's rules; columns are numbered, because a name could hide a method of the schema."""
    columns: dict[str, Any] = {f"c{i}": _rule(column) for i, column in enumerate(dataset.readable.values())}
    return cast("type[dy.Schema]", type("Described", (dy.Schema,), {"row": dy.Int64(nullable=False), **columns}))


def _rule(column: Feature) -> dy.Column:
    if column.type == "category":
        listed = list(column.categories)
        return dy.String(nullable=column.nullable, check={"category": lambda cell: cell.is_in(listed)})
    bounds = {"bounds": lambda cell: cell.is_between(column.minimum, column.maximum)}
    kind = dy.Int64 if column.type == "integer" else dy.Float64
    return kind(nullable=column.nullable, check=bounds)


def _finding(row: int, name: str, rule: str, raw: pl.DataFrame, dataset: DatasetSpec, where: str) -> Finding:
    column = dataset.readable[name]
    expected = f"{_WORDS[column.type]} in {name}"
    if rule == "nullability":
        return Finding("VALUE_MISSING", f"{where}:{line(row)}", expected, "nothing", _NULLABLE)
    found = _shown(raw[name][row], dataset)
    if rule == "spelling":
        return Finding("NOT_A_NUMBER", f"{where}:{line(row)}", expected, found)
    if column.type == "category":
        expected = f"one of the {len(column.categories)} categories of {name}"
        return Finding("UNKNOWN_CATEGORY", f"{where}:{line(row)}", expected, found, _CATEGORY)
    expected = f"{expected} from {column.minimum:g} to {column.maximum:g}"
    return Finding("OUT_OF_BOUNDS", f"{where}:{line(row)}", expected, found, _BOUNDS)


_NO_OUTCOME = "leave out rows without an outcome"
_NULLABLE = "mend the data, or say `nullable: true` in dataset.yaml"
_CATEGORY = "mend the data, or describe the category in dataset.yaml"
_BOUNDS = "mend the data, or widen the bounds in dataset.yaml"


def _shown(value: str, dataset: DatasetSpec) -> str:
    return repr(value[:60]) if dataset.public else f"a masked value of {len(value)} characters"


def _target_findings(sheet: Sheet, dataset: DatasetSpec, where: str) -> Iterator[Finding]:
    target = dataset.target
    classes = tuple(item.value for item in target.classes)
    expected = f"{' or '.join(map(repr, reversed(classes)))} in {target.column}, the target"
    for row, value in enumerate(sheet.columns[target.column]):
        if value in ("", *dataset.missing):
            yield Finding("TARGET_MISSING", f"{where}:{line(row)}", expected, "nothing", _NO_OUTCOME)
        elif value not in classes:
            yield Finding("UNKNOWN_CLASS", f"{where}:{line(row)}", expected, _shown(value, dataset))


def _both(positive: pl.Series, dataset: DatasetSpec, where: str) -> pl.Series:
    if positive.all() or not positive.any():
        only = dataset.target.classes[bool(positive.all())]
        expected = f"rows of both classes of {dataset.target.column}, the target"
        raise refuse("ONE_CLASS", where, expected, f"{only.label!r} in every row")
    return positive
