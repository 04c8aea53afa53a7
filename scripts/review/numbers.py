"""Every number that was measured, old against new, with its interval, and in words whether it got better.

The intervals are of each model by itself. Whether the two differ on the same rows is the ``comparison``'s to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.estimates import estimates, judged, named, words
from scripts.report.report import Number, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from counterseal.documents.estimates import Estimate, Path
    from scripts.report.report import Cell
    from scripts.review.side import Side

PROPOSED, SERVES = "proposed", "serves now"
#: What the first parts of the measures are called; others follow, and are folded away.
PARTS = {"quality": "How good it is", "operating_point": "How it decides"}
#: Parts that have tables of their own, or are curves.
ELSEWHERE = ("groups", "intersections", "slices", "comparison", "scores", "rows")
_SAME = 5e-7


def tables(new: Side, old: Side | None) -> Iterator[Table]:
    """Yield the numbers of a model, a table for each part of the measures."""
    then = old.measures if old else {}
    parts = [*PARTS, *(name for name in new.measures if name not in (*PARTS, *ELSEWHERE))]
    for part in parts:
        now, before = found(new.measures.get(part, {})), found(then.get(part, {}))
        rows = tuple(row(named(path), path, now.get(path), before.get(path)) for path in dict.fromkeys((*now, *before)))
        title, says = PARTS.get(part, words(part).capitalize()), _measured(new, old) if part == "quality" else ""
        heads = columns("measure", compared=bool(old))
        yield from (
            [Table(title, heads, short(rows, compared=bool(old)), says, folded=part not in PARTS)] if rows else []
        )


def found(value: Any) -> dict[Path, Number]:  # noqa: ANN401 (measures are JSON)
    """Return the estimates inside a value: where each stands → the number."""
    return {path: number(item) for path, item in estimates(value)}


def number(item: Estimate) -> Number:
    """Return an estimate as a number to show."""
    return Number(item["value"], item["low"], item["high"], item.get("n"))


def row(name: str, path: Path, new: Number | None, old: Number | None) -> tuple[Cell, ...]:
    """Return one number as a row: what it is, the new and the old one, and what that means."""
    return name, new or "-", old or "-", change(path[-1] if path else "", new, old)


def columns(first: str, *, compared: bool) -> tuple[str, ...]:
    """Return the heads of a table of numbers."""
    return (first, PROPOSED, SERVES, "change") if compared else (first, "measured")


def short(rows: Sequence[tuple[Cell, ...]], *, compared: bool) -> tuple[tuple[Cell, ...], ...]:
    """Return rows without what there is nothing to compare with."""
    return tuple(rows) if compared else tuple(cells[:-2] for cells in rows)


def change(name: str, new: Number | None, old: Number | None) -> str:
    """Say whether a number got better, and by how much."""
    if new is None or old is None:
        return "no longer measured" if new is None else "new here"
    moved = new.value - old.value
    if abs(moved) <= _SAME:
        return "the same"
    says = f"{judged(name, new.value, old.value)} by {abs(moved):.3f}"
    if old.low is None or old.high is None:
        return says
    inside = old.low <= new.value <= old.high
    return f"{says}, {'within' if inside else 'outside'} the old interval"


def _measured(new: Side, old: Side | None) -> str:
    rows: Mapping[str, int] = new.measures["rows"]
    says = f"Learned from {rows['train']} rows, measured on {rows['holdout']} others; intervals are of 95 %."
    if old is None or old.dataset.fingerprint == new.dataset.fingerprint:
        return says
    return f"{says} The data changed: the older numbers come from other rows."
