"""The card's figures as SVG: the same numbers, the same bytes.

* Drawn from the evaluate Statement alone, so that they show no record and cannot disagree with it.
* No date, no random ids, texts as text in a bundled font, the library's own defaults instead of the user's.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib.style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from counterseal.documents import card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from counterseal.documents.column import Feature
    from counterseal.documents.dataset import DatasetSpec

INK, QUIET, GRID = "#1f2933", "#7b8794", "#e4e7eb"
BLUE, AMBER = "#0b69a3", "#b44d12"

STYLE: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # the first one measures; a reader may have another
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.constrained_layout.w_pad": 0.12,
    "figure.constrained_layout.h_pad": 0.1,
    "svg.fonttype": "none",
    "svg.hashsalt": "counterseal",
}


_RATES = (
    ("selection_rate", "selected, of all", BLUE, "o", 0.14),
    ("true_positive_rate", "selected, of the positives", AMBER, "s", -0.14),
)


def draw(dataset: DatasetSpec, measures: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the figures: file name → SVG."""
    with matplotlib.style.context(["default", STYLE]):
        drawn = {card.QUALITY: _quality(dataset, measures)}
        if measures["groups"]:
            drawn[card.GROUPS] = _groups(dataset, measures)
        return {name: svg(figure) for name, figure in drawn.items()}


def svg(figure: Figure) -> bytes:
    """Write a figure as SVG."""
    target = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    FigureCanvasSVG(figure).print_svg(target, metadata=metadata)  # type: ignore[no-untyped-call]
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines()).encode()


def _quality(dataset: DatasetSpec, measures: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(9.4, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _roc(left, measures)
    _calibration(right, dataset, measures)
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    return figure


def _roc(axes: Axes, measures: Mapping[str, Any]) -> None:
    roc, auc = measures["roc"], measures["quality"]["auc"]
    x, y = roc["false_positive_rate"], roc["true_positive_rate"]
    axes.fill_between(x, y, color=BLUE, alpha=0.08, linewidth=0)
    axes.plot(x, y, color=BLUE, linewidth=2)
    axes.set(title="Ranking", xlabel="false positive rate", ylabel="true positive rate")
    says = f"AUC {auc['value']:.3f}\n95 %: {auc['low']:.3f} to {auc['high']:.3f}\n{auc['n']} held-out rows"
    axes.text(0.96, 0.06, says, ha="right", va="bottom", linespacing=1.5)


def _calibration(axes: Axes, dataset: DatasetSpec, measures: Mapping[str, Any]) -> None:
    bins = measures["calibration"]["bins"]
    said, found = [item["said"] for item in bins], [item["found"] for item in bins]
    axes.errorbar(said, [item["value"] for item in found], yerr=_reach(found), **_dots(BLUE, "o"))
    up = _short(dataset.target.labels[-1])
    axes.set(title="Calibration", xlabel=f"probability of “{up}”, as said", ylabel=f"share of “{up}”, as found")


def _groups(dataset: DatasetSpec, measures: Mapping[str, Any]) -> Figure:
    columns = measures["groups"]
    heights = [len(column["groups"]) + 0.6 for column in columns.values()]
    figure = Figure(figsize=(9.4, 1.3 + 0.62 * sum(heights)), layout="constrained")
    rows = figure.subplots(len(columns), 1, squeeze=False, height_ratios=heights)
    for axes, (name, column) in zip(rows[:, 0], columns.items(), strict=True):
        _group_rates(axes, _ordered(column["groups"], dataset.sensitive[name]))
        axes.set_title(f"Outcomes by {_short(name)}")
    up = _short(dataset.target.labels[-1])
    rows[-1, 0].set_xlabel(f"share of rows, with 95 % intervals; “selected” means decided “{up}”")
    rows[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    return figure


def _ordered(groups: Mapping[str, Any], column: Feature) -> dict[str, Any]:
    return {name: groups[name] for name in column.group_labels() if name in groups}


def _group_rates(axes: Axes, groups: Mapping[str, Any]) -> None:
    for key, says, color, marker, shift in _RATES:
        rates = [group[key] for group in groups.values()]
        at = [len(groups) - 1 - i + shift for i in range(len(groups))]
        axes.errorbar([rate["value"] for rate in rates], at, xerr=_reach(rates), label=says, **_dots(color, marker))
    labels = [f"{_short(name)}  (n = {group['n']})" for name, group in groups.items()]
    axes.set_yticks(range(len(groups) - 1, -1, -1), labels)
    axes.set(xlim=(0, 1), ylim=(-0.6, len(groups) - 0.4))
    axes.grid(visible=False, axis="y")


def _dots(color: str, marker: str) -> dict[str, Any]:
    return {"fmt": marker, "color": color, "markersize": 6, "linewidth": 1.6, "capsize": 3}


def _reach(rates: list[Any]) -> list[list[float]]:
    """Return how far each interval reaches below and above its value."""
    below = [max(0.0, rate["value"] - rate["low"]) for rate in rates]
    return [below, [max(0.0, rate["high"] - rate["value"]) for rate in rates]]


def _short(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= 40 else f"{plain[:39]}…"  # noqa: PLR2004 (what fits beside a plot)
