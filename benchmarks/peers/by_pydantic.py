"""pydantic over a CSV file, row by row: a class with a field for each column, each error counted by column and rule."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, create_model

from benchmarks import defects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = {"string_pattern_mismatch": "pattern", "literal_error": "category"}
BOUNDS = {"greater_than_equal", "less_than_equal"}


def validate(file: Path) -> dict[tuple[str, str], int]:
    """Return how many cells break each rule, and how many rows have an earlier row's key."""
    model = create_model("Row", **_fields())
    counts: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    for row in _rows(file):
        try:
            model.model_validate(row)
        except ValidationError as error:
            counts.update((str(it["loc"][0]), _kind(it)) for it in error.errors(include_url=False))
        if row["id"] in seen:
            counts["id", "unique"] += 1
        elif row["id"] is not None:
            seen.add(row["id"])
    return dict(counts)


def _rows(file: Path) -> Iterator[dict[str, str | None]]:
    with file.open(newline="") as source:
        yield from ({name: cell or None for name, cell in row.items()} for row in csv.DictReader(source))


def _kind(error: Any) -> str:
    if error["input"] is None:
        return "missing"
    return "bounds" if error["type"] in BOUNDS else KINDS[error["type"]]


def _fields() -> dict[str, Any]:
    whole = {name: f"^(?:{pattern})$" for name, pattern in defects.PATTERNS.items()}
    fields: dict[str, Any] = {name: Annotated[str, StringConstraints(pattern=it)] for name, it in whole.items()}
    fields["opened"] = Annotated[date, Field(ge=defects.SINCE, le=defects.UNTIL)]
    fields |= {name: Annotated[int, Field(ge=0, le=most)] for name, most in defects.NUMBERS.items()}
    fields |= {name: Literal[tuple(defects.listed(name))] for name in defects.CATEGORIES}
    return {name: (kind if name in defects.MISSING else kind | None, ...) for name, kind in fields.items()}
