"""CARD.md: the sections in their order, and the figures beside it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from counterseal.documents.card import about, behaviour, made_of, people, quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.dataset import Dataset
    from counterseal.documents.spec import ModelSpec

#: Every figure that a card may show.
FIGURES = (quality.QUALITY, quality.SCORES, people.GROUPS, behaviour.EFFECTS, behaviour.BASELINE)


def render(spec: ModelSpec, dataset: Dataset, evaluation: Mapping[str, Any], bom: Mapping[str, Any]) -> bytes:
    """Return CARD.md: ``evaluation`` is the evaluate Statement's ``measures``, ``bom`` the BOM."""
    sections = (
        about.title(spec),
        about.use(spec.spec),
        about.data(spec.spec, dataset, evaluation),
        quality.numbers(evaluation),
        quality.decisions(dataset.spec, evaluation),
        quality.calibration(evaluation),
        quality.comparison(evaluation),
        people.groups(dataset.spec, evaluation),
        people.attributes(evaluation),
        people.slices(evaluation),
        behaviour.effects(spec.spec, evaluation),
        behaviour.alone(evaluation),
        behaviour.robustness(evaluation),
        behaviour.membership(evaluation),
        behaviour.baseline(),
        about.limits(spec.spec, dataset.spec),
        made_of.made_of(spec.spec, bom),
    )
    lines = chain.from_iterable((*part, "") for part in map(list, sections) if part)
    return "\n".join(lines).encode()


def figures(evaluation: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the figures that the card shows."""
    shown = {
        quality.QUALITY: True,
        quality.SCORES: "operating_point" in evaluation,
        people.GROUPS: bool(evaluation["groups"]),
        behaviour.EFFECTS: bool(evaluation.get("effects")),
        behaviour.BASELINE: True,
    }
    return tuple(name for name in FIGURES if shown[name])
