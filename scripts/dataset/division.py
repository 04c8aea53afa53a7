"""By what rows are known, and how they are divided into those learned from and those held out.

In order: by time, if a date or a time is never missing and is nobody's birthday; by group, if an id comes again and
again; else a share of each class, or of each tenth of a number. Rows are hashed by their key, if they have one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scripts.dataset import bounds, personal, words
from scripts.dataset.spelling import SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.dataset.cells import Cells, Seen
    from scripts.dataset.column import Description
    from scripts.dataset.outcome import Outcome

HOLDOUT = 0.3
GROUPS = 20
TENTHS = 10
NEARLY = 0.9


def key_of(cells: Cells, columns: Sequence[Seen]) -> str | None:
    """Return the column that is another in each row, if its name or its values say that it is an id."""
    import polars as pl

    near = [seen for seen in columns if seen.distinct > max(bounds.K, NEARLY * seen.rows) and "" not in seen.absent]
    likely = [seen for seen in near if _is_id(seen) and not personal.why(seen, ())]
    if not likely:
        return None
    found = cells.ask(*(pl.col(seen.name).hash().n_unique().alias(seen.name) for seen in likely))
    return next((seen.name for seen in likely if found[seen.name] == seen.rows), None)


def _is_id(seen: Seen) -> bool:
    uuid = re.compile(SHAPES["UUIDs"])
    shaped = bool(seen.sample) and all(uuid.fullmatch(value) for value in seen.sample)
    return seen.kind(()) in ("integer", "text") and (shaped or words.says(seen.name, words.IDENTIFIERS))


def group_of(columns: Sequence[Seen], missing: tuple[str, ...]) -> str | None:
    """Return the first id that comes again and again, as a customer's does in a list of orders."""
    for seen in columns:
        again = GROUPS <= seen.distinct < seen.rows / 2 and seen.present(missing) == seen.rows
        if again and words.says(seen.name, words.IDENTIFIERS) and seen.kind(missing) in ("integer", "text"):
            return seen.name
    return None


def split(
    cells: Cells, columns: Sequence[Description], outcome: Outcome, key: str | None, repeated: str | None
) -> tuple[dict[str, Any], str]:
    """Return how to divide the rows, and why so."""
    by = {"key": [key]} if key else {}
    whole = {item.name: item.kind for item in columns if item.entry and not item.entry.get("nullable")}
    timed = [name for name, kind in whole.items() if kind in ("date", "datetime")]
    for name in (name for name in timed if not words.says(name, words.SENSITIVE | words.PERSONAL)):
        if since := _since(cells, name):
            temporal = {"method": "temporal", "column": name, "since": since}
            return temporal, f"by time: {name} says when each row came about"
    if repeated in whole:
        return {
            "method": "grouped",
            "key": [repeated],
            "holdout": HOLDOUT,
        }, f"by group: {repeated} comes again and again"
    share = {"method": "stratified", "holdout": HOLDOUT, **by}
    if outcome.task != "regression":
        return share, "a share of each class"
    return {**share, "edges": _edges(cells, outcome.column)}, "a share of each tenth of the target"


def _since(cells: Cells, name: str) -> str | None:
    """Return the day from which on about ``HOLDOUT`` of the rows came about; None if there are few days."""
    import polars as pl

    counted = cells.frame.group_by(pl.col(name).str.head(10).alias("day")).len("rows").collect(engine="streaming")
    days = counted.sort("day").with_columns((pl.col("rows").cum_sum() / pl.col("rows").sum()).alias("share"))
    if days.height <= bounds.K:
        return None
    day = str(days.filter(pl.col("share") > 1 - HOLDOUT)["day"][0])
    sample = cells.frame.select(name).head(1).collect()[name][0]
    return f"{day}T00:00:00{'Z' if sample.endswith('Z') else ''}" if "T" in sample else day


def _edges(cells: Cells, name: str) -> list[float]:
    """Return rounded cuts between tenths of the target, each once."""
    number = bounds.numbers(name)
    asked = [number.quantile(i / TENTHS, "nearest").alias(str(i)) for i in range(1, TENTHS)]
    found = cells.ask(*asked, number.min().alias("low"))
    cuts = {float(f"{found[str(i)]:.2g}") for i in range(1, TENTHS)}
    return [bounds.plain(cut) for cut in sorted(cuts) if cut > found["low"]]
