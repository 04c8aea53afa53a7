"""What is said of a cell that does not fit: a code, what was expected, what was found or how long it is, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents.column import CategoryColumn, NumberColumn, TextColumn
from counterseal.values.finding import Finding

if TYPE_CHECKING:
    from counterseal.documents.dataset import DatasetSpec
    from pipelines.data.rules import Field

_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "category": "a category",
    "date": "a day like 2013-01-31",
    "datetime": "a moment like 2013-01-31T05:15:00",
    "text": "a text",
}
_NO_OUTCOME = "leave out rows without an outcome"
_NULLABLE = "mend the data, or say `nullable: true` in dataset.yaml"
_CATEGORY = "mend the data, or describe the category in dataset.yaml"
_BOUNDS = "mend the data, or widen the bounds in dataset.yaml"
_PATTERN = "mend the data, or the pattern in dataset.yaml"
_KEY = "leave out all but one of the rows, or name another key in dataset.yaml"


def finding(field: Field, rule: str, where: str, found: str) -> Finding:
    """Say that a cell breaks a rule of its column."""
    code, expected, mend = _said(field, rule)
    return Finding(code, where, expected, found, mend)


def repeated(dataset: DatasetSpec, where: str) -> Finding:
    """Say that a row has the key of an earlier one."""
    expected = f"a {' and '.join(dataset.key)} that no earlier row has"
    return Finding("DUPLICATE_KEY", where, expected, "one that an earlier row has", _KEY)


def shown(value: object, field: Field, dataset: DatasetSpec) -> str:
    """Return a cell if everyone may see it."""
    if value is None:
        return "nothing"
    cell = str(value)
    public = dataset.public and not field.column.personal
    return repr(cell[:60]) if public else f"a masked value of {len(cell)} characters"


def _said(field: Field, rule: str) -> tuple[str, str, str]:
    expected = f"{_WORDS[field.column.type]} in {field.name}"
    if field.is_target and isinstance(field.column, CategoryColumn):
        expected = f"{_listed(field.column)} in {field.name}, the target"
    if rule == "missing":
        return ("TARGET_MISSING", expected, _NO_OUTCOME) if field.is_target else ("VALUE_MISSING", expected, _NULLABLE)
    if rule == "spelling":
        return "NOT_A_NUMBER" if isinstance(field.column, NumberColumn) else "NOT_A_DATE", expected, ""
    if rule == "zone":
        return "NOT_A_DATE", f"{expected}, {'in UTC (Z)' if field.in_utc else 'without a zone'} like dataset.yaml's", ""
    if rule == "category" and isinstance(field.column, CategoryColumn):
        listed = f"one of the {len(field.column.categories)} categories of {field.name}"
        return ("UNKNOWN_CLASS", expected, "") if field.is_target else ("UNKNOWN_CATEGORY", listed, _CATEGORY)
    if rule == "pattern" and isinstance(field.column, TextColumn):
        return "PATTERN_MISMATCH", f"{expected} that matches {field.column.pattern}", _PATTERN
    return "OUT_OF_BOUNDS", f"{expected} {_bounds(field)}", _BOUNDS


def _listed(column: CategoryColumn) -> str:
    classes = [repr(value[:60]) for value in reversed(column.categories)]
    return " or ".join(classes) if len(classes) <= 3 else f"one of the {len(classes)} classes"  # noqa: PLR2004


def _bounds(field: Field) -> str:
    low, high = getattr(field.column, "minimum", None), getattr(field.column, "maximum", None)
    if isinstance(low, float) and isinstance(high, float):
        return f"from {low:g} to {high:g}"
    return " ".join([f"from {low}"] * (low is not None) + [f"to {high}"] * (high is not None))
