"""Rows of 17 columns under 27 rules, with planted defects whose number is known: made piece by piece, in any number.

Row ``i`` is a function of ``i`` alone. Of every ``PERIOD`` rows, each rule is broken by one; no row breaks two.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from counterseal.documents.dataset import DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

PIECE = 500_000
PERIOD = 10_007
MISSING = {"id", "email", "opened", "age", "weight", "years", "education", "marital", "outcome"}
NUMBERS = {"age": 73, "weight": 1_000_000, "years": 16, "gain": 100_000, "loss": 4_000, "hours": 99}
CATEGORIES = {
    "work": 8,
    "education": 16,
    "marital": 7,
    "job": 14,
    "relation": 6,
    "origin": 5,
    "country": 41,
    "outcome": 2,
}
PATTERNS = {"id": "[0-9]{1,20}-[0-9]{1,20}", "email": r"[a-z0-9]+@example\.org"}
SINCE, UNTIL = date(2000, 1, 1), date(2020, 12, 31)

RULES: tuple[tuple[str, str], ...] = (
    *((name, "missing") for name in sorted(MISSING)),
    *((name, "pattern") for name in PATTERNS),
    ("opened", "bounds"),
    *((name, "bounds") for name in NUMBERS),
    *((name, "category") for name in CATEGORIES),
    ("id", "unique"),
)


def planted(rows: int) -> dict[tuple[str, str], int]:
    """Return how many rows break each rule."""
    return {rule: len(range(_place(number), rows, PERIOD)) for number, rule in enumerate(RULES)}


def dataset(form: str) -> DatasetSpec:
    """Describe the rows as a dataset.yaml does, in a file of this format."""
    columns: dict[str, dict[str, Any]] = {name: {"type": "text", "pattern": it} for name, it in PATTERNS.items()}
    columns["opened"] = {"type": "date", "minimum": str(SINCE), "maximum": str(UNTIL)}
    columns |= {name: {"type": "integer", "minimum": 0, "maximum": most} for name, most in NUMBERS.items()}
    columns |= {name: {"type": "category", "categories": dict.fromkeys(listed(name), "one")} for name in CATEGORIES}
    columns.pop("outcome")
    down, up = listed("outcome")
    said = {name: {"meaning": name, "nullable": name not in MISSING, **it} for name, it in columns.items()}
    return DatasetSpec.model_validate(
        {
            "title": "Planted defects",
            "source": {"title": "made", "licence": "CC0-1.0", "attribution": "nobody", "reference": "here"},
            "public": True,
            "file": f"rows.{form}",
            "format": form,
            "fingerprint": "0" * 64,
            "key": ["id"],
            "target": {
                "task": "binary",
                "column": "outcome",
                "meaning": "outcome",
                "positive": {"value": up, "label": "up"},
                "negative": {"value": down, "label": "down"},
            },
            "columns": said,
        }
    )


def listed(name: str) -> list[str]:
    """Return the categories of a column."""
    return [f"{name} {i}" for i in range(CATEGORIES[name])]


def write(file: Path, rows: int) -> None:
    """Write so many rows as Parquet, in memory that does not grow with them."""
    schema = frame(0, 1).schema

    def source(*_: object) -> Iterator[pl.DataFrame]:
        yield from (frame(start, min(PIECE, rows - start)) for start in range(0, rows, PIECE))

    register_io_source(source, schema=schema).sink_parquet(file, row_group_size=PIECE, engine="streaming")


def frame(start: int, height: int) -> pl.DataFrame:
    """Make the rows from ``start`` on."""
    rows = np.arange(start, start + height, dtype=np.uint64)
    numbers = {name: _drawn(rows, salt, most).astype(np.int64) for salt, (name, most) in enumerate(NUMBERS.items(), 5)}
    made = {
        "id": _ids(rows),
        "email": pl.select(pl.format("user{}@example.org", _drawn(rows, 3, 10**6))).to_series(),
        "opened": _days(_drawn(rows, 4, (UNTIL - SINCE).days)),
        **{name: pl.Series(values) for name, values in numbers.items()},
        **{name: _chosen(_drawn(rows, salt, n), name) for salt, (name, n) in enumerate(CATEGORIES.items(), 20)},
    }
    broken = [_broken(rows, made, name, rule, number) for number, (name, rule) in enumerate(RULES)]
    whole = pl.DataFrame(made)
    for name, place, values in broken:
        whole = whole.with_columns(whole[name].scatter(place, values))
    return whole


def _broken(
    rows: NDArray[np.uint64], made: dict[str, pl.Series], name: str, rule: str, number: int
) -> tuple[str, NDArray[np.intp], pl.Series]:
    """Return where a rule is broken and by which values."""
    place = np.flatnonzero(rows % PERIOD == _place(number))
    wrong = {"category": "nobody listed this", "missing": None}
    if rule == "unique":
        return name, place, _ids(rows[place] - np.uint64(1))
    if rule == "pattern":
        return name, place, "?" + pl.Series(rows[place]).cast(pl.String)
    value: Any = UNTIL.replace(year=2040) if name == "opened" and rule == "bounds" else wrong.get(rule, -1)
    return name, place, pl.Series([value] * len(place), dtype=made[name].dtype)


def _place(number: int) -> int:
    return 100 + 17 * number


def _ids(rows: NDArray[np.uint64]) -> pl.Series:
    return pl.select(pl.format("{}-{}", pl.Series(_mixed(rows, 1)), pl.Series(_mixed(rows, 2)))).to_series()


def _days(offsets: NDArray[np.uint64]) -> pl.Series:
    first = (SINCE - date(1970, 1, 1)).days
    return pl.Series((offsets + np.uint64(first)).astype(np.int32)).cast(pl.Date)


def _chosen(places: NDArray[np.uint64], name: str) -> pl.Series:
    return pl.Series(listed(name)).gather(pl.Series(places))


def _drawn(rows: NDArray[np.uint64], salt: int, most: int) -> NDArray[np.uint64]:
    return _mixed(rows, salt) % np.uint64(most)


def _mixed(rows: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Return numbers that look random: SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = rows + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
