"""Hand-written polars: one streaming query that counts what breaks each rule, and nothing else: no row, no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from benchmarks import defects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def validate(file: Path) -> dict[tuple[str, str], int]:
    """Return how many cells break each rule."""
    rules = dict(_rules())
    counts = [rule.sum().alias("|".join(name)) for name, rule in rules.items()]
    found = pl.scan_parquet(file).select(counts).collect(engine="streaming").row(0)
    return dict(zip(rules, found, strict=True))


def without_keys(file: Path) -> dict[tuple[str, str], int]:
    """The same, but for the keys, which need all rows at once."""
    rules = {name: rule for name, rule in _rules() if name != ("id", "unique")}
    counts = [rule.sum().alias("|".join(name)) for name, rule in rules.items()]
    found = pl.scan_parquet(file).select(counts).collect(engine="streaming").row(0)
    return dict(zip(rules, found, strict=True))


def _rules() -> Iterator[tuple[tuple[str, str], pl.Expr]]:
    """Yield each rule and what counts its breaks when summed."""
    for name in defects.MISSING:
        yield (name, "missing"), pl.col(name).is_null()
    for name, pattern in defects.PATTERNS.items():
        yield (name, "pattern"), ~pl.col(name).str.contains(f"^(?:{pattern})$")
    yield ("opened", "bounds"), ~pl.col("opened").is_between(defects.SINCE, defects.UNTIL)
    for name, most in defects.NUMBERS.items():
        yield (name, "bounds"), ~pl.col(name).is_between(0, most)
    for name in defects.CATEGORIES:
        yield (name, "category"), ~pl.col(name).is_in(defects.listed(name))
    yield ("id", "unique"), pl.col("id").count() - pl.col("id").drop_nulls().n_unique()
