"""Fairness: each rate of each group, old against new on one scale, and how far groups are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.estimates import named
from scripts.report.report import Table
from scripts.review import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.estimates import Path
    from scripts.report.report import Number
    from scripts.review.side import Side

#: The rates that are shown at once, one a task; others are folded away.
SHOWN = ("selection_rate", "mean_outcome")


def tables(new: Side, old: Side | None) -> Iterator[Table]:
    """Yield the tables of each sensitive column, then those of their intersections, folded away."""
    compared = old is not None
    for part in ("groups", "intersections"):
        now, then = new.measures.get(part, {}), old.measures.get(part, {}) if old else {}
        for column, found in now.items():
            before, folded = then.get(column, {}), part != "groups"
            yield _between(column, found, before, compared=compared, folded=folded)
            yield from _rates(column, found["groups"], before.get("groups", {}), compared=compared, folded=folded)


def _between(
    column: str, found: Mapping[str, Any], before: Mapping[str, Any], *, compared: bool, folded: bool
) -> Table:
    now, then = numbers.found(found), numbers.found(before)
    apart = [path for path in now if path[0] != "groups"]
    rows = [numbers.row(named(path), path, now[path], then.get(path)) for path in apart]
    small = ", ".join(found.get("too_small", ()))
    says = f"Too few rows to tell: {small}." if small else "Every group is large enough to compare."
    heads = numbers.columns("between groups", compared=compared)
    return Table(f"Fairness by {column}", heads, numbers.short(rows, compared=compared), says, folded=folded)


def _rates(
    column: str, groups: Mapping[str, Any], before: Mapping[str, Any], *, compared: bool, folded: bool
) -> Iterator[Table]:
    now, then = _by_rate(groups), _by_rate(before)
    for rate in sorted(now, key=lambda path: path[-1] not in SHOWN):
        found, earlier = now[rate], then.get(rate, {})
        every = dict.fromkeys((*found, *earlier))
        rows = [numbers.row(group, rate, found.get(group), earlier.get(group)) for group in every]
        cells = numbers.short(rows, compared=compared)
        title, heads = f"{named(rate)}, by {column}", numbers.columns("group", compared=compared)
        yield Table(title, heads, cells, shared=True, folded=folded or rate[-1] not in SHOWN)


def _by_rate(groups: Mapping[str, Any]) -> dict[Path, dict[str, Number]]:
    found: dict[Path, dict[str, Number]] = {}
    for group, rates in groups.items():
        for path, value in numbers.found(rates).items():
            found.setdefault(path, {})[group] = value
    return found
