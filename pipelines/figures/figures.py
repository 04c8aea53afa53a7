"""Which figures a card has, each drawn from what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.style

from counterseal.documents.card import behaviour, card, people, quality
from pipelines.figures import baseline, effects, groups, scores
from pipelines.figures import quality as of_quality
from pipelines.figures.style import STYLE, svg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from counterseal.documents.baseline import BaselineSpec
    from counterseal.documents.dataset import DatasetSpec


def draw(dataset: DatasetSpec, measures: Mapping[str, Any], binned: BaselineSpec) -> dict[str, bytes]:
    """Return the figures that the card shows: file name → SVG."""
    drawings: dict[str, Callable[[], Figure]] = {
        quality.QUALITY: lambda: of_quality.draw(dataset, measures),
        quality.SCORES: lambda: scores.draw(measures),
        people.GROUPS: lambda: groups.draw(dataset, measures),
        behaviour.EFFECTS: lambda: effects.draw(measures["effects"]),
        behaviour.BASELINE: lambda: baseline.draw(dataset, binned),
    }
    with matplotlib.style.context(["default", STYLE]):
        return {name: svg(drawings[name]()) for name in card.figures(measures)}
