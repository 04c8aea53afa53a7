"""For whom a model is good: every group of every sensitive column, how far groups are apart, and where it is worst."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from counterseal.documents.card.words import called, interval, measured, number, sentence, table, text
from counterseal.documents.estimates import estimates, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from counterseal.documents.dataset import DatasetSpec

GROUPS = "groups.svg"
#: What is told of each group beside its rows, by task.
_TOLD = {
    "binary": ("selection_rate", "true_positive_rate", "false_positive_rate"),
    "multiclass": ("mean_score", "calibration_gap"),
    "regression": ("mean_outcome", "mean_score", "calibration_gap"),
}


def groups(dataset: DatasetSpec, evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the outcomes by group, of each sensitive column and of their intersections."""
    found, crossed = evaluation["groups"], evaluation.get("intersections", {})
    if not found:
        return
    yield from ("## For whom", "")
    for name, group in found.items():
        order = dataset.sensitive[name].group_labels() if name in dataset.sensitive else ()
        yield from (f"### By {text(name)}", "", *_compared(group, evaluation["task"], order), "")
    for name, group in crossed.items():
        yield from (f"### By {text(name)} together", "", *_compared(group, evaluation["task"], ()), "")
    yield f"![Outcomes by group, with intervals]({GROUPS})"


def _compared(found: Mapping[str, Any], task: str, order: Sequence[str]) -> Iterator[str]:
    told = _TOLD[task]
    heads = chain.from_iterable((words(rate), "95 % interval") for rate in told)
    labels = [name for name in order if name in found["groups"]] or list(found["groups"])
    yield from table(("group", "rows", *heads), (_group(name, found["groups"][name], told) for name in labels))
    yield ""
    apart = {name: item for name, item in found.items() if name != "groups" and isinstance(item, Mapping)}
    yield from measured("between groups", called(apart))
    if found["too_small"]:
        yield from ("", f"Too few rows to tell: {', '.join(map(text, found['too_small']))}.")


def _group(name: str, found: Mapping[str, Any], told: Sequence[str]) -> tuple[str, ...]:
    rates = chain.from_iterable((number(found[rate]["value"]), interval(found[rate])) for rate in told)
    return (text(name), str(found["n"]), *rates)


def attributes(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether the features give a group away, and whether an answer changes with the attribute alone."""
    told = {
        f"{text(name)}: {text(item['group'])}, told by the features": item["together"]
        for name, item in _told(evaluation)
    }
    for name, item in evaluation.get("flip", {}).items():
        told |= {f"{text(name)}: another answer for the attribute alone": found for _, found in estimates(item)}
    if told:
        yield from ("### What the attribute itself does", "", *measured("on held-out rows", told))


def _told(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, item) for name, item in evaluation.get("proxies", {}).items() if "together" in item)


_SLICES = {"weak": ("worse than elsewhere", "quality"), "odd": ("other outcomes than it says", "gap")}


def slices(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of the data on which it is worst, whoever they are."""
    found = evaluation.get("slices", {})
    for kind, (says, shown) in _SLICES.items():
        part = found.get(kind, {"worst": ()})
        if part["worst"]:
            yield from (f"## Where it is {says}" if kind == "weak" else f"## Where there are {says}", "")
            yield f"{part['tried']} slices of the held-out rows were tried; these are the least likely by chance."
            yield from (
                "",
                *table(("slice", "rows", "there", "95 % interval", "p"), map(_slice(shown), part["worst"])),
                "",
            )
            yield f"Method: {sentence(part['method'])}"


def _slice(shown: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    def cells(item: Mapping[str, Any]) -> tuple[str, ...]:
        found = item[shown]
        return text(item["where"]), str(item["n"]), number(found["value"]), interval(found), f"{item['adjusted_p']:.4f}"

    return cells
