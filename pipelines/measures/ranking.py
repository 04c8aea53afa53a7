"""How well scores rank: the area under the ROC curve, and average precision.

* An AUC's variance is DeLong's (DeLong, DeLong and Clarke-Pearson 1988), from sorted ranks in O(n log n) (Sun and Xu
  2014). It is the sum of squares of the rows' ``influence``, so that AUCs of the same rows can be averaged or compared.
* Where that variance is 0 (a perfect ranking), Wilson's interval over the smaller class stands for it.
* The macro AUC is the mean of each class's against the rest, its variance that of the rows' mean influence.
* Average precision has the logit interval of Boyd, Eng and Page (2013), by the number of positives.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pipelines.intervals import Estimate, estimate, quantile, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

AUC = "area under the ROC curve, DeLong's variance, 95 %"
MACRO = "mean of the classes' areas under the ROC curve, one against the rest, DeLong's variance, 95 %"
PRECISION = "average precision, logit interval (Boyd, Eng and Page 2013), 95 %"
UNKNOWN = "fewer than two rows of a class: nothing is known"
_FEWEST = 2


def influence(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
    """Return an AUC (ties count half) and each row's influence on it; each class needs two rows."""
    up, down = np.sort(scores[positive]), np.sort(scores[~positive])
    above, below = _below(scores[positive], down), 1 - _below(scores[~positive], up)
    value, found = float(above.mean()), np.empty(scores.size)
    found[positive] = (above - value) / math.sqrt(up.size * (up.size - 1))
    found[~positive] = (below - value) / math.sqrt(down.size * (down.size - 1))
    return value, found


def auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Estimate:
    """Estimate the area under the ROC curve."""
    least = _least(positive)
    if least < _FEWEST:
        return estimate(0.5, (0.0, 1.0), scores.size, UNKNOWN)
    value, found = influence(scores, positive)
    return _by_influence(value, found, least, AUC)


def macro_auc(scores: NDArray[np.float64], truth: NDArray[np.float64]) -> Estimate:
    """Estimate the mean AUC of the classes, each against the rest; ``scores`` is (n, K)."""
    ups = [truth == place for place in range(scores.shape[1])]
    least = min(map(_least, ups))
    if least < _FEWEST:
        return estimate(0.5, (0.0, 1.0), truth.size, UNKNOWN)
    parts = [influence(scores[:, place], up) for place, up in enumerate(ups)]
    value, found = np.mean([part[0] for part in parts]), np.mean([part[1] for part in parts], axis=0)
    return _by_influence(float(value), found, least, MACRO)


def average_precision(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Estimate:
    """Estimate the mean precision over the positives, each at its own score."""
    ups = int(positive.sum())
    if not ups:
        return estimate(0.0, (0.0, 1.0), scores.size, UNKNOWN)
    found, of, _ = hits(scores, positive)
    value = float(np.sum(np.diff(found, prepend=0) / ups * (found / of)))
    if value >= 1:
        return estimate(1.0, wilson(ups, ups), scores.size, PRECISION)
    middle, spread = math.log(value / (1 - value)), quantile() / math.sqrt(ups * value * (1 - value))
    low, high = (1 / (1 + math.exp(-at)) for at in (middle - spread, middle + spread))
    return estimate(value, (low, high), scores.size, PRECISION)


def hits(
    scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return, from each distinct score on (falling): how many positives, how many rows, and the score."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
    return np.cumsum(positive[order], dtype=np.int64)[last], (last + 1).astype(np.int64), ordered[last]


def _below(scores: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the others (sorted) that lie below each score."""
    twice = np.searchsorted(others, scores, side="left") + np.searchsorted(others, scores, side="right")
    return twice / (2 * others.size)


def _least(positive: NDArray[np.bool_]) -> int:
    return int(min(positive.sum(), positive.size - positive.sum()))


def _by_influence(value: float, found: NDArray[np.float64], least: int, method: str) -> Estimate:
    spread = quantile() * math.sqrt(float(np.square(found).sum()))
    interval = (max(0.0, value - spread), min(1.0, value + spread))
    return estimate(value, interval if spread else wilson(round(value * least), least), found.size, method)
