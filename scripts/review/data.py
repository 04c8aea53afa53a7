"""The data, old against new: its description field by field, what was counted in it, and the rows themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.report.report import Table
from scripts.review import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.review.side import Side

HEADS = ("what", "was", "is")


def tables(new: Side, old: Side) -> Iterator[Table]:
    """Yield what changed in the description and in the counts, then in the rows."""
    found = tuple(fields.differences(_facts(old), _facts(new)))
    yield Table("Data", HEADS, found, _says(new, old, same=not found))
    if _moved(new, old):
        from scripts.review import rows  # it loads the library that reads tables

        yield rows.table(new, old)


def _moved(new: Side, old: Side) -> bool:
    return new.dataset.fingerprint != old.dataset.fingerprint


def _says(new: Side, old: Side, *, same: bool) -> str:
    if _moved(new, old):
        return "The data is another file than before."
    if same:
        return "The same file as before, described in the same words."
    return "The data is the same file as before; its description is another."


def _facts(side: Side) -> dict[str, Any]:
    """Return what may differ: what was counted, each column, and the rest of the description."""
    described = side.proof.dataset.plain()["spec"]
    columns = described.pop("columns")
    described.pop("fingerprint")
    return {
        **_counts(side),
        **{name: fields.Branch(column, _column(column)) for name, column in columns.items()},
        **described,
    }


def _counts(side: Side) -> dict[str, Any]:
    found = side.validation
    counts = {"rows": found["rows"], "duplicate rows": found["duplicates"]}
    shares = {
        label: f"{100 * count / found['rows']:.1f} % ({count})" for label, count in found.get("classes", {}).items()
    }
    missing = {name: f"{100 * share:.1f} %" for name, share in found["missing"].items()}
    return {**counts, "rows that are": shares, "missing": missing}


def _column(column: dict[str, Any]) -> str:
    """Return a whole column in short."""
    ends = [fields.told(column[end]) for end in ("minimum", "maximum") if column.get(end) is not None]
    unit = f" {column['unit']}" if column.get("unit") else ""
    listed = f" of {len(column['categories'])}" if column.get("categories") else ""
    return f"{column['type']}{listed}{', ' if ends else ''}{' to '.join(ends)}{unit}"
