"""How good it is: of two classes curves and calibration, of more the calibration, of a number also its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from pipelines.figures.style import AMBER, BLUE, QUIET, WIDE, diagonal, dots, reach, says, short, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from counterseal.documents.dataset import DatasetSpec


def draw(dataset: DatasetSpec, measures: Mapping[str, Any]) -> Figure:
    """Draw the panels of a task."""
    if measures["task"] == "binary":
        return _binary(dataset, measures)
    figure = Figure(figsize=(WIDE, 4.5), layout="constrained")
    if measures["task"] == "multiclass":
        _calibration(
            figure.subplots(), "probability of the decided class", "share of these decisions that were right", measures
        )
        return figure
    left, right = figure.subplots(1, 2)
    _said(left, dataset, measures["calibration"]["bins"])
    _residuals(right, measures["residuals"])
    return figure


def _binary(dataset: DatasetSpec, measures: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(WIDE, 3.5), layout="constrained")
    ranking, selecting, saying = figure.subplots(1, 3)
    _roc(ranking, measures)
    _precision_recall(selecting, measures)
    up = short(dataset.target.labels[-1])
    _calibration(saying, f"probability of “{up}”, as said", f"share of “{up}”, as found", measures)
    return figure


def _roc(axes: Axes, measures: Mapping[str, Any]) -> None:
    x, y = measures["roc"]["false_positive_rate"], measures["roc"]["true_positive_rate"]
    _curve(axes, x, y)
    diagonal(axes)
    axes.set(title="Ranking", xlabel="false positive rate", ylabel="true positive rate")
    axes.text(0.96, 0.06, says("AUC", measures["quality"]["auc"]), ha="right", va="bottom", linespacing=1.5)


def _precision_recall(axes: Axes, measures: Mapping[str, Any]) -> None:
    found, point = measures["precision_recall"], measures["operating_point"]
    _curve(axes, found["recall"], found["precision"])
    axes.plot(point["recall"]["value"], point["precision"]["value"], "o", color=AMBER, markersize=7)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(
        title="Selecting", xlabel="share of all positives that are selected", ylabel="positives among the selected"
    )
    axes.text(0.04, 0.06, f"● at the threshold {measures['threshold']:g}", color=AMBER, va="bottom")


def _calibration(axes: Axes, said: str, found: str, measures: Mapping[str, Any]) -> None:
    bins = measures["calibration"]["bins"]
    estimates = [item["found"] for item in bins]
    axes.errorbar(
        [item["said"] for item in bins], [item["value"] for item in estimates], yerr=reach(estimates), **dots(BLUE, "o")
    )
    diagonal(axes)
    axes.set(title="Calibration", xlabel=said, ylabel=found)


def _said(axes: Axes, dataset: DatasetSpec, bins: list[Mapping[str, Any]]) -> None:
    estimates, said = [item["found"] for item in bins], [item["said"] for item in bins]
    axes.errorbar(said, [item["value"] for item in estimates], yerr=reach(estimates), **dots(BLUE, "o"))
    ends = [*said, *(item["low"] for item in estimates), *(item["high"] for item in estimates)]
    diagonal(axes, min(ends), max(ends))
    unit = short(getattr(dataset.target, "unit", ""))
    axes.set(title="Said and found", xlabel=f"as said, {unit}", ylabel=f"mean found, {unit}")


def _residuals(axes: Axes, histogram: Mapping[str, Any]) -> None:
    steps(axes, histogram, BLUE, "rows")
    axes.axvline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(title="How far it is off", xlabel="said less found", ylabel="share of rows per unit", ylim=(0, None))


def _curve(axes: Axes, x: list[float], y: list[float]) -> None:
    axes.fill_between(x, y, color=BLUE, alpha=0.08, linewidth=0)
    axes.plot(x, y, color=BLUE, linewidth=2)
