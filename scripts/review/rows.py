"""The rows of two data files that both lie in Git and are both public: which are new, gone, changed, or relabelled.

* A file is what its fingerprint says, or nothing is said of it; it is read as text, cell by cell, so that nothing is
  rounded or repaired on the way.
* Rows are told apart by the dataset's key, where both descriptions name the same one. Otherwise a row is known by all
  its cells but the target's: the same cells with another label are a flip, another cell makes a new row and a gone one.
* Columns that only one side has are left out of the comparison; the description's own table tells of them.
* Only counts are told, and names of columns: no value, however public.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from counterseal.documents import places
from counterseal.values.digest import sha256
from scripts.report.report import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scripts.review.fields import Row
    from scripts.review.side import Side

TITLE, HEADS = "Rows", ("rows", "how many", "so")
NOT_CHECKED = "Not checked row by row:"


def table(new: Side, old: Side) -> Table:
    """Return what happened to the rows, or why nobody can tell."""
    if new.data is None or old.data is None:
        return Table(TITLE, HEADS, (), f"{NOT_CHECKED} the data is not public, so no row of it is in Git.")
    before, after, target = frame(old), frame(new), new.dataset.target.column
    if before is None or after is None or target != old.dataset.target.column:
        return Table(TITLE, HEADS, (), f"{NOT_CHECKED} the two files cannot be laid side by side.")
    key = new.dataset.key if new.dataset.key == old.dataset.key else ()
    counted = _by_key(before, after, key, target) if key else _by_cells(before, after, target)
    says = f"By the key {', '.join(key)}." if key else "By all cells but the target's: the dataset has no key."
    return Table(TITLE, HEADS, tuple(counted), says)


def frame(side: Side) -> pl.DataFrame | None:
    """Return a data file as text; None if it is not the one fingerprinted, or no table."""
    data = side.tree.read(places.dataset(side.spec.dataset, side.dataset.file))
    if data is None or sha256(data) != side.dataset.fingerprint:
        return None
    try:
        return _READERS[side.dataset.format](io.BytesIO(data))
    except pl.exceptions.PolarsError:
        return None


_READERS: dict[str, Callable[[io.BytesIO], pl.DataFrame]] = {
    "csv": lambda data: pl.read_csv(data, infer_schema=False, empty_string_is_null=False),
    "parquet": lambda data: pl.read_parquet(data).cast(pl.String),
}


def _by_cells(before: pl.DataFrame, after: pl.DataFrame, target: str) -> Iterator[Row]:
    shared = [name for name in after.columns if name in before.columns and name != target]
    old, new = (found.group_by(*shared, target).len(f"{target}\0rows") for found in (before, after))
    both = old.join(new, on=[*shared, target], how="full", coalesce=True, nulls_equal=True, suffix="\0new")
    more = pl.col(f"{target}\0rows\0new").fill_null(0).cast(pl.Int64) - pl.col(f"{target}\0rows").fill_null(0)
    up, down, whole = (f"{target}\0{what}" for what in ("up", "down", "whole"))
    sums = {up: more.clip(lower_bound=0).sum(), down: (-more).clip(lower_bound=0).sum(), whole: more.sum()}
    cells = both.group_by(shared).agg(**sums)
    come, gone = (int((sign * cells[whole]).clip(lower_bound=0).sum()) for sign in (1, -1))
    flips = int(cells.select(pl.min_horizontal(up, down).sum()).item())
    yield from _told(come, gone, flips, after.height)


def _by_key(before: pl.DataFrame, after: pl.DataFrame, key: tuple[str, ...], target: str) -> Iterator[Row]:
    old_rows, new_rows = (found.unique(key, keep="first") for found in (before, after))
    both = old_rows.join(new_rows, on=key, suffix="\0new", nulls_equal=True)
    shared = [name for name in after.columns if name in before.columns and name not in key]
    changed = {name: int((both[name].ne_missing(both[f"{name}\0new"])).sum()) for name in shared}
    flips = changed.pop(target, 0)
    yield from _told(new_rows.height - both.height, old_rows.height - both.height, flips, after.height)
    for name, count in changed.items():
        if count:
            yield f"with another {name}", str(count), f"{100 * count / both.height:.1f} % of those kept"


def _told(come: int, gone: int, flips: int, whole: int) -> Iterator[Row]:
    yield "new", str(come), f"{100 * come / whole:.1f} % of all now"
    yield "gone", str(gone), ""
    yield "with another label", str(flips), "look at these first: whoever flips labels moves the model" if flips else ""
