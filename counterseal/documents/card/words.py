"""Markdown in which what somebody wrote shows exactly as it was written; rows, numbers and intervals."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from counterseal.documents.estimates import estimates, named, preference, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)")
_LEADING = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=#]))")


def text(written: str) -> str:
    """Return what somebody wrote as Markdown that shows exactly that, on one line."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in written).split())
    escaped = _SPECIAL.sub(r"\\\1", html.escape(plain, quote=False))
    unlinked = _LINK.sub(lambda found: f"{found[1] or found[3]}{'&#58;' if found[2] else '&#46;'}", escaped)
    return _LEADING.sub(r"\1\\", unlinked)


def sentence(written: str) -> str:
    """Return what somebody wrote as a sentence of its own."""
    shown = text(written)
    return shown if shown.endswith((".", "!", "?")) else f"{shown}."


def names(identifiers: Iterable[str]) -> str:
    """Return identifiers, each as code."""
    return ", ".join(f"`{name}`" for name in identifiers)


def number(value: float) -> str:
    """Return a number with three decimals."""
    return f"{value:.3f}"


def interval(estimate: Mapping[str, Any]) -> str:
    """Return between which numbers an estimate lies."""
    return f"{number(estimate['low'])} to {number(estimate['high'])}"


def whole(estimate: Mapping[str, Any]) -> str:
    """Return an estimate with its interval and its rows."""
    return f"{number(estimate['value'])} ({interval(estimate)}, {estimate['n']} rows)"


def row(*cells: str) -> str:
    """Return a table's row."""
    return f"| {' | '.join(cells)} |"


def head(*columns: str) -> tuple[str, str]:
    """Return a table's head; every column but the first and those of intervals, digests and words holds numbers."""
    left = [i == 0 or name.endswith(("interval", "SHA-256", "words")) for i, name in enumerate(columns)]
    marks = ["---" if is_left else "---:" for is_left in left]
    return row(*columns), f"|{'|'.join(marks)}|"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table."""
    yield from head(*columns)
    yield from (row(*cells) for cells in rows)


def called(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return estimates by what people call them, with which way is better."""
    return {f"{words(name)}{preference(name)}": item for name, item in found.items()}


def inside(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the estimates anywhere inside some measures, by what people call them and what is around them."""
    return {f"{named(path)}{preference(path[-1])}": item for path, item in estimates(found)}


def measured(first: str, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of estimates, by what they are called, and below it how they were measured."""
    cells = ((name, number(item["value"]), interval(item), str(item["n"])) for name, item in found.items())
    yield from table((first, "value", "95 % interval", "rows"), cells)
    yield ""
    yield from methods(found)


def methods(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield how some estimates were measured, those of one method together."""
    alike: dict[str, list[str]] = {}
    for name, item in found.items():
        alike.setdefault(item["method"], []).append(name.partition(" (")[0])
    yield from (f"- {', '.join(those)}: {sentence(method)}" for method, those in alike.items())
