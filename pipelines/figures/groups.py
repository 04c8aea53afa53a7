"""Outcomes by group, with intervals, of each sensitive column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from pipelines.figures.style import AMBER, BLUE, WIDE, dots, reach, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from counterseal.documents.dataset import DatasetSpec

#: What is drawn of each group, by task: measure, words, colour, mark, how far above the middle.
RATES = {
    "binary": (
        ("selection_rate", "selected, of all", BLUE, "o", 0.14),
        ("true_positive_rate", "selected, of the positives", AMBER, "s", -0.14),
    ),
    "multiclass": (("mean_score", "mean probability of the decided class", BLUE, "o", 0.0),),
    "regression": (
        ("mean_score", "mean said", BLUE, "o", 0.14),
        ("mean_outcome", "mean found", AMBER, "s", -0.14),
    ),
}


def draw(dataset: DatasetSpec, measures: Mapping[str, Any]) -> Figure:
    """Draw a panel for each column, a line for each group."""
    columns, task = measures["groups"], measures["task"]
    heights = [len(column["groups"]) + 0.6 for column in columns.values()]
    figure = Figure(figsize=(WIDE, 1.3 + 0.62 * sum(heights)), layout="constrained")
    rows = figure.subplots(len(columns), 1, squeeze=False, height_ratios=heights)
    for axes, (name, column) in zip(rows[:, 0], columns.items(), strict=True):
        _panel(axes, _ordered(column["groups"], dataset, name), task)
        axes.set_title(f"Outcomes by {short(name)}")
    rows[-1, 0].set_xlabel(_unit(dataset, task))
    rows[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    return figure


def _ordered(groups: Mapping[str, Any], dataset: DatasetSpec, name: str) -> dict[str, Any]:
    known = dataset.sensitive[name].group_labels() if name in dataset.sensitive else tuple(groups)
    return {label: groups[label] for label in known if label in groups}


def _unit(dataset: DatasetSpec, task: str) -> str:
    if task == "regression":
        return f"{short(getattr(dataset.target, 'unit', ''))}, with 95 % intervals"
    chosen = f"; “selected” means decided “{short(dataset.target.labels[-1])}”" if task == "binary" else ""
    return f"share of rows, with 95 % intervals{chosen}"


def _panel(axes: Axes, groups: Mapping[str, Any], task: str) -> None:
    for key, says, color, marker, shift in RATES[task]:
        rates = [group[key] for group in groups.values()]
        at = [len(groups) - 1 - i + shift for i in range(len(groups))]
        axes.errorbar([rate["value"] for rate in rates], at, xerr=reach(rates), label=says, **dots(color, marker))
    labels = [f"{short(name)}  (n = {group['n']})" for name, group in groups.items()]
    axes.set_yticks(range(len(groups) - 1, -1, -1), labels)
    axes.set(ylim=(-0.6, len(groups) - 0.4))
    if task != "regression":
        axes.set(xlim=(0, 1))
    axes.grid(visible=False, axis="y")
