"""Curves and histograms of held-out rows, coarse enough to show no record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.baseline import POOL
from pipelines.intervals import rounded
from pipelines.measures.ranking import hits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from pipelines.measures.answers import Answers
    from pipelines.measures.grouping import Grouping

STEPS = 40
BINS = 20
DIGITS = 3


def roc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> dict[str, list[float]]:
    """Return the true positive rate at evenly spaced false positive rates (linear between the curve's corners)."""
    found, of, _ = hits(scores, positive)
    ups, downs = int(positive.sum()), int(positive.size - positive.sum())
    x, y = np.append(0, (of - found) / downs), np.append(0, found / ups)
    grid = np.arange(STEPS + 1) / STEPS
    at = np.searchsorted(x, grid, side="right") - 1
    after = np.minimum(at + 1, x.size - 1)
    run = np.where(x[after] > x[at], x[after] - x[at], 1.0)
    heights = y[at] + (y[after] - y[at]) * (grid - x[at]) / run
    return {"false_positive_rate": _list(grid), "true_positive_rate": _list(heights)}


def precision_recall(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> dict[str, list[float]]:
    """Return the best precision at evenly spaced recalls, at least (so the curve never rises)."""
    found, of, _ = hits(scores, positive)
    best = np.maximum.accumulate((found / of)[::-1])[::-1]
    grid = np.arange(1, STEPS + 1) / STEPS
    at = np.searchsorted(found / found[-1], grid - 1e-12)
    return {"recall": _list(grid), "precision": _list(best[at])}


def histogram(values: ArrayLike, low: float, high: float) -> dict[str, list[Any]]:
    """Count values between evenly spaced edges; neighbours are joined until each bin is empty or holds ``POOL`` rows.

    Values beyond the edges are counted at them. Fewer values than ``POOL`` in all are not shown.
    """
    numbers = np.clip(np.asarray(values, dtype=np.float64), low, high)
    if numbers.size < POOL:
        return {"edges": [rounded(low), rounded(high)], "counts": [0]}
    counts, edges = np.histogram(numbers, BINS, (low, high))
    return _pooled([int(count) for count in counts], [rounded(edge) for edge in edges])


def by_class(answers: Answers) -> dict[str, Any]:
    """Return the histogram of a binary model's scores for each class: label → histogram."""
    scores = {name: answers.scores[answers.truth == place] for place, name in enumerate(answers.classes)}
    return {name: histogram(members, 0, 1) for name, members in scores.items()}


def by_group(answers: Answers, columns: Iterable[Grouping]) -> dict[str, Any]:
    """Return the histogram of a binary model's scores for each group worth comparing: column → group → histogram."""
    return {
        column.name: {name: histogram(answers.scores[rows], 0, 1) for name, rows in column.members().items()}
        for column in columns
    }


def residuals(answers: Answers) -> dict[str, Any]:
    """Return the histogram of a regression's errors, said less true, to three standard deviations on each side."""
    errors = answers.scores - answers.truth
    reach = float(f"{3 * errors.std():.{DIGITS}g}") or 1.0
    return histogram(errors, -reach, reach)


def _pooled(counts: list[int], edges: list[float]) -> dict[str, list[Any]]:
    upper, sums, held = [], [], 0
    for count, edge in zip(counts, edges[1:], strict=True):
        held += count
        if held == 0 or held >= POOL:
            upper.append(edge)
            sums.append(held)
            held = 0
    while held:
        held += sums.pop()
        upper.pop()
        if held >= POOL:
            upper.append(edges[-1])
            sums.append(held)
            held = 0
    return {"edges": [edges[0], *upper], "counts": sums}


def _list(values: NDArray[np.float64]) -> list[float]:
    return [rounded(value) for value in values]
