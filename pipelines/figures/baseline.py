"""What the training data looked like: the bins that drift is measured against, small beside one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from counterseal.documents.baseline import NumberBins
from counterseal.documents.column import CategoryColumn
from pipelines.figures.style import BLUE, WIDE, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from counterseal.documents.baseline import BaselineSpec, Bins
    from counterseal.documents.dataset import DatasetSpec

COLUMNS = 4
SHOWN = 24
#: How many categories are named; of more, the largest are.
NAMED = 8
LETTERS = 14


def draw(dataset: DatasetSpec, baseline: BaselineSpec) -> Figure:
    """Draw a small panel for each feature, in the order of the spec."""
    found = dict(list(baseline.features.items())[:SHOWN])
    height = math.ceil(len(found) / COLUMNS)
    figure = Figure(figsize=(WIDE, 0.3 + 1.75 * height), layout="constrained")
    panels = figure.subplots(height, COLUMNS, squeeze=False).ravel()
    for axes, (name, bins) in zip(panels, found.items(), strict=False):
        _panel(axes, name, bins, dataset)
    for axes in panels[len(found) :]:
        axes.set_axis_off()
    return figure


def _panel(axes: Axes, name: str, bins: Bins, dataset: DatasetSpec) -> None:
    labels, counts = _bars(name, bins, dataset)
    rows = sum(counts) or 1
    axes.bar(range(len(counts)), [count / rows for count in counts], color=BLUE, width=0.8)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=6)
    axes.set_title(short(name)[:24], fontsize=8)
    axes.tick_params(axis="y", labelsize=6)
    axes.grid(visible=False, axis="x")


def _bars(name: str, bins: Bins, dataset: DatasetSpec) -> tuple[list[str], list[int]]:
    """Return a label and a count for each bin; those for others and for missing only where there are any."""
    if isinstance(bins, NumberBins):
        cuts = [f"{cut:g}" for cut in bins.cuts]
        labels = [f"< {cuts[0]}" if cuts else "all", *(f"{cut} +" for cut in cuts)]
        rest = ["missing"]
    else:
        column = dataset.columns.get(name)
        meanings = column.categories if isinstance(column, CategoryColumn) else {}
        labels = [_cut(meanings.get(value, value)) for value in bins.categories]
        rest = ["others", "missing"]
    named = [*zip(labels, bins.counts, strict=False)]
    extra = [pair for pair in zip(rest, bins.counts[len(labels) :], strict=True) if pair[1]]
    largest = sorted(named, key=lambda pair: -pair[1])[:NAMED] if not isinstance(bins, NumberBins) else named
    shown = [*(pair for pair in named if pair in largest), *extra]
    return [label for label, _ in shown], [count for _, count in shown]


def _cut(text: str) -> str:
    plain = short(text)
    return plain if len(plain) <= LETTERS else f"{plain[: LETTERS - 1]}…"
