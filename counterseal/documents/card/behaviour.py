"""Why a model answers as it does: what each feature does, what one alone tells, how easily a decision tips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.card.words import inside, measured, number, sentence, table, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.spec import ModelSpecSpec

EFFECTS, BASELINE = "effects.svg", "baseline.svg"
#: How many features are shown by what each tells alone.
SHOWN = 5


def effects(spec: ModelSpecSpec, evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield how much each feature moves the answer, with the words that the spec has for it."""
    found = evaluation.get("effects")
    if not found:
        return
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    yield from ("## What moves its answer", "")
    rows = ((f"`{name}`", number(value), text(spec.reasons.get(name, ""))) for name, value in ordered)
    yield from table(("feature", "mean effect", "in words"), rows)
    if of := evaluation.get("effects_of"):
        yield from ("", f"On {of['n']} held-out rows. Method: {sentence(of['method'])}")
    yield from ("", f"![The mean effect of each feature]({EFFECTS})")


def alone(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what single features tell."""
    leakage, told = evaluation["leakage"], "R²" if evaluation["task"] == "regression" else "AUC"
    best = sorted(leakage["features"].items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    highest = leakage["highest"]
    yield from ("## What a single feature tells", "")
    yield from ("A feature that alone tells nearly everything was probably written down after the outcome.", "")
    yield from table(("feature alone", told), ((f"`{name}`", number(value)) for name, value in best))
    yield ""
    yield f"The highest: `{highest['feature']}`, {whole(highest)}."
    yield f"Method: {sentence(leakage['method'])}"
    if known := inside({name: item for name, item in leakage.items() if name != "highest"}):
        yield from ("", *measured("rows that training knew", known))


def robustness(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield how easily it tips, and that what serves answers as what was fitted."""
    found, parity = evaluation["robustness"], evaluation["parity"]
    yield from ("## How easily it tips", "")
    yield from measured("on held-out rows", inside(found))
    yield from ("", f"Method: {sentence(found['method'])}", "")
    yield f"What serves is plain data. On {parity['rows']} rows it answers as the fitted model does, every time."


def membership(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what it remembers of the rows that it learned from."""
    if found := inside(evaluation.get("membership", {})):
        yield from ("## What it remembers of people", "", *measured("a row's loss tells membership", found))


def baseline() -> Iterator[str]:
    """Yield what the data looked like that it learned from, the yardstick for drift."""
    yield from ("## What its data looked like", "")
    yield f"![How the rows that it learned from are distributed]({BASELINE})"
