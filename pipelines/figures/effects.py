"""How much each feature moves the answer, on average over the held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from pipelines.figures.style import BLUE, WIDE, short

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How many features are drawn; the card lists them all.
SHOWN = 20


def draw(effects: Mapping[str, float]) -> Figure:
    """Draw a bar for each feature, the longest first."""
    ordered = sorted(effects.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    figure = Figure(figsize=(WIDE, 1.0 + 0.3 * len(ordered)), layout="constrained")
    axes = figure.subplots()
    places = range(len(ordered) - 1, -1, -1)
    axes.barh(list(places), [value for _, value in ordered], color=BLUE, height=0.62)
    axes.set_yticks(places, [short(name) for name, _ in ordered])
    axes.set(title="What moves its answer", xlabel="mean absolute effect on the score", ylim=(-0.7, len(ordered) - 0.3))
    axes.grid(visible=False, axis="y")
    return figure
