"""The new model and the one that serves, asked about the same rows: what differs, and whose decisions change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.estimates import judged, words
from scripts.report.report import Number, Table
from scripts.review.numbers import PROPOSED, SERVES, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scripts.report.report import Cell
    from scripts.review.side import Side

TITLE = "On the same rows"


def tables(new: Side) -> Iterator[Table]:
    """Yield what the evaluate step found; nothing where nothing served."""
    found = new.measures.get("comparison", {"champion": False})
    if not found["champion"]:
        return
    if not found["comparable"]:
        yield Table(TITLE, (), (), f"Not compared with version {found.get('version', '?')}: {found['reason']}.")
        return
    says = f"{found['rows']} rows, against version {found['version']}: {found['method']}."
    rows = tuple(_quality(name, item) for name, item in found["quality"].items())
    yield Table(TITLE, ("measure", "difference", PROPOSED, SERVES, "so"), rows, says)
    yield Table("Decisions", ("decisions", "how many"), tuple(_churn(found["churn"])))
    yield from _groups(found["groups"])


def _quality(name: str, item: Mapping[str, Any]) -> tuple[Cell, ...]:
    return words(name), number(item["difference"]), str(Number(item["new"])), str(Number(item["old"])), _so(name, item)


def _so(name: str, item: Mapping[str, Any]) -> str:
    difference = item["difference"]
    if difference["low"] <= 0 <= difference["high"]:
        return "cannot be told apart"
    return judged(name, item["new"], item["old"])


def _churn(churn: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "moved" in churn:
        yield "mean distance between the answers", str(number(churn["moved"]))
        yield "one answer in twenty moves by", f"{churn['most']:.3f} or more"
        return
    yield "that change", str(number(churn["changed"]))
    yield "wrong before, right now", str(churn["gained"])
    yield "right before, wrong now", str(churn["lost"])
    yield from [("towards the positive class", str(churn["up"])), ("away from it", str(churn["down"]))] * (
        "up" in churn
    )


def _groups(found: list[Mapping[str, Any]]) -> Iterator[Table]:
    """Yield who gains and who loses, a table for each measure that was compared by group."""
    measured = dict.fromkeys(name for item in found for name, value in item.items() if _is_change(value))
    for name in measured:
        rows = tuple(
            (f"{item['column']}: {item['group']}", number(item[name]["difference"]), _so(name, item[name]))
            for item in found
            if name in item
        )
        yield Table(f"{words(name)} on the same rows, by group", ("group", "difference", "so"), rows, shared=True)


def _is_change(value: object) -> bool:
    return isinstance(value, dict) and "difference" in value
