"""The ROC curve and the calibration of held-out rows, coarse enough to show no record."""

from __future__ import annotations

from bisect import bisect_right
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pipelines.intervals import Estimate, rounded, share

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 40
BINS = 8


def roc(scores: Sequence[float], positive: Sequence[bool]) -> dict[str, list[float]]:
    """Return the true positive rate at evenly spaced false positive rates (linear between the curve's corners)."""
    points = _corners(scores, positive)
    grid = [i / STEPS for i in range(STEPS + 1)]
    return {"false_positive_rate": grid, "true_positive_rate": [rounded(_height(points, x)) for x in grid]}


def calibration(scores: Sequence[float], positive: Sequence[bool]) -> list[dict[str, Any]]:
    """Return bins of equal size: the mean probability said, and the share of positives found."""
    ordered = sorted(zip(scores, positive, strict=True))
    found = []
    for i in range(BINS):
        part = ordered[len(ordered) * i // BINS : len(ordered) * (i + 1) // BINS]
        if part:
            observed: Estimate = share(sum(is_up for _, is_up in part), len(part))
            found.append({"said": rounded(fmean(score for score, _ in part)), "found": observed})
    return found


def _corners(scores: Sequence[float], positive: Sequence[bool]) -> list[tuple[float, float]]:
    ups, downs = sum(positive), len(positive) - sum(positive)
    points, up, down = [(0.0, 0.0)], 0, 0
    last = None
    for score, is_up in sorted(zip(scores, positive, strict=True), reverse=True):
        if last is not None and score != last:
            points.append((down / downs, up / ups))
        up, down, last = up + is_up, down + (not is_up), score
    return [*points, (1.0, 1.0)]


def _height(points: Sequence[tuple[float, float]], x: float) -> float:
    at = bisect_right(points, (x, 2.0))
    (x0, y0), (x1, y1) = points[at - 1], points[min(at, len(points) - 1)]
    return y0 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
