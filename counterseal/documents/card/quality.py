"""How good a model is: its numbers by task, its decisions, its calibration, and the model that it would replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.card.words import called, interval, measured, number, sentence, table, text, whole
from counterseal.documents.estimates import preference, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.dataset import DatasetSpec

#: The figures of this part.
QUALITY, SCORES = "quality.svg", "scores.svg"
BEST = "best_threshold"
_CAPTIONS = {
    "binary": "How well it ranks, how often it is right when it selects, and how often what it says comes true",
    "multiclass": "How often what it says comes true",
    "regression": "What it says beside what was found, and how far it is off",
}


def numbers(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the numbers of its task."""
    yield from ("## How good it is", "")
    yield from measured("on held-out rows", called(evaluation["quality"]))
    yield from ("", f"![{_CAPTIONS[evaluation['task']]}]({QUALITY})")


def decisions(dataset: DatasetSpec, evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what its decisions are like at the threshold, and what they cost."""
    found = evaluation.get("operating_point")
    if found is None:
        return
    up = text(dataset.target.labels[-1])
    yield from ("## How it decides", "", f"From {evaluation['threshold']:g} on it decides “{up}”.", "")
    yield from measured("decisions", called({name: item for name, item in found.items() if name != BEST}))
    if BEST in found:
        yield from ("", f"On these very rows {found[BEST]:g} would have been the cheapest threshold.")
    yield from ("", f"![The probabilities that it gives, by what came true and by group]({SCORES})")


def calibration(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield how far what it says can be taken at its word."""
    found = {name: item for name, item in evaluation.get("calibration", {}).items() if name != "bins"}
    if found:
        yield from ("## Whether what it says comes true", "")
        yield from measured("calibration", called(found))


def comparison(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs from the model that served, on the same rows."""
    found = evaluation.get("comparison", {"champion": False})
    if not found["champion"]:
        return
    yield from ("## Beside the model that serves", "")
    if not found["comparable"]:
        yield f"It was not compared: {sentence(found['reason'])}"
        return
    yield f"On {found['rows']} rows, against version {found['version']}: {sentence(found['method'])}"
    yield ""
    yield from table(("number", "new", "old", "difference", "95 % interval"), map(_beside, found["quality"].items()))
    yield ""
    yield from (f"- {sentence(line)}" for line in _churn(found["churn"]))


def _beside(item: tuple[str, Mapping[str, Any]]) -> tuple[str, ...]:
    name, found = item
    difference = found["difference"]
    called = f"{words(name)}{preference(name)}"
    return called, number(found["new"]), number(found["old"]), number(difference["value"]), interval(difference)


def _churn(churn: Mapping[str, Any]) -> Iterator[str]:
    if "moved" in churn:
        yield f"its answers moved by {whole(churn['moved'])} on average"
        yield f"one answer in twenty moved by {number(churn['most'])} or more"
        return
    yield f"another decision: {whole(churn['changed'])}"
    yield f"{churn['gained']} of these were wrong and are right, {churn['lost']} the other way about"
