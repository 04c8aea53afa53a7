"""What the decisions are like at the declared threshold, and what they cost.

* Precision, recall, specificity and selected are shares. F1 is a function of one: it is 2 J / (1 + J), where J is the
  share of true positives among rows that are positive or selected (Hand, Christen and Kirielle 2021), so Wilson's
  interval of J becomes F1's.
* Where the spec names costs, the mean cost of a row stands beside what the cheapest threshold of these rows would cost;
  thresholds are tried in steps of a hundredth. The cheapest was chosen on the same rows, so it flatters itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import UNBOUNDED, Estimate, estimate, mean, rounded, share, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers

GRID = np.arange(1, 100) / 100
F1 = "harmonic mean of precision and recall, Wilson's interval of TP / (TP + FP + FN), transformed, 95 %"

#: What a false positive and what a false negative costs.
Cost = tuple[float, float]


def measure(answers: Answers, cost: Cost | None) -> dict[str, Any]:
    """Measure a binary model's decisions."""
    up, chosen = answers.truth == 1, answers.decided == 1
    right, selected, ups = int((up & chosen).sum()), int(chosen.sum()), int(up.sum())
    downs = answers.rows - ups
    found: dict[str, Any] = {
        "precision": share(right, selected),
        "recall": share(right, ups),
        "specificity": share(downs - (selected - right), downs),
        "f1": f1(right, selected + ups - right),
        "selected": share(selected, answers.rows),
    }
    return found if cost is None else found | _costs(answers, cost)


def f1(right: int, either: int) -> Estimate:
    """Estimate F1 from the true positives, and the rows that are positive or selected."""
    value, low, high = (2 * j / (1 + j) for j in (right / either if either else 0.0, *wilson(right, either)))
    return estimate(value, (low, high), either, F1)


def _costs(answers: Answers, cost: Cost) -> dict[str, Any]:
    up = answers.truth == 1
    declared = _cost(answers.decided == 1, up, cost)
    tried = [_cost(answers.scores >= at, up, cost) for at in GRID]
    best = int(np.argmin([costs.sum() for costs in tried]))
    saved = "costs saved by the cheapest threshold of these very rows"
    return {
        "cost": mean(declared, "costs of a row", (0.0, math.inf)),
        "best_threshold": rounded(GRID[best]),
        "saved": mean(declared - tried[best], saved, UNBOUNDED),
    }


def _cost(chosen: NDArray[np.bool_], up: NDArray[np.bool_], cost: Cost) -> NDArray[np.float64]:
    false_positive, false_negative = cost
    return false_positive * (chosen & ~up) + false_negative * (~chosen & up)
