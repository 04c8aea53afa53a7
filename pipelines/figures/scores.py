"""The probabilities that a model of two classes gives: by what came true, and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from pipelines.figures.style import AMBER, BLUE, GREEN, INK, QUIET, WIDE, short, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

COLOURS = (BLUE, AMBER, GREEN, QUIET, INK)
#: Up to how many areas can be told apart where they lie over one another.
FEW = 2


def draw(measures: Mapping[str, Any]) -> Figure:
    """Draw a panel for the classes, and one for each sensitive column."""
    found = {"what came true": measures["scores"]["classes"], **measures["scores"]["groups"]}
    figure = Figure(figsize=(WIDE, 0.4 + 2.3 * len(found)), layout="constrained")
    rows = figure.subplots(len(found), 1, squeeze=False, sharex=True)
    for axes, (name, parts) in zip(rows[:, 0], found.items(), strict=True):
        _panel(axes, short(name), parts, measures["threshold"])
    rows[-1, 0].set_xlabel("probability as said; areas are shares of the rows of each, rare ranges pooled")
    return figure


def _panel(axes: Axes, name: str, parts: Mapping[str, Any], threshold: float) -> None:
    shade = 0.12 if len(parts) <= FEW else 0.0
    for (label, histogram), colour in zip(parts.items(), COLOURS, strict=False):
        steps(axes, histogram, colour, short(label), shade)
    axes.axvline(threshold, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(title=f"Scores by {name}", xlim=(0, 1), ylim=(0, None), yticks=[])
    axes.legend(loc="upper right", ncols=2)
