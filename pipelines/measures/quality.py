"""How good the answers are, by task: the few numbers a model is known by.

* binary: the AUC and average precision of its ranking, Brier score and log loss of its probabilities, accuracy of its
  decisions;
* multiclass: the mean AUC of the classes, log loss, accuracy, and the mean of the classes' recalls;
* regression: R², mean absolute error, root of the mean squared error, and the mean error.

R²'s and RMSE's intervals are by the delta method on a logarithmic scale: of the ratio of squared errors to squared
deviations, and of the mean squared error.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pipelines.intervals import UNBOUNDED, Estimate, estimate, mean, mean_share, on_log_scale, share
from pipelines.measures import ranking

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers

R2 = "1 - squared errors / squared deviations from the mean, delta method on a log scale, 95 %"
RMSE = "root of the mean squared error, delta method on a log scale, 95 %"
POSITIVE = (0.0, math.inf)


def measure(answers: Answers) -> dict[str, Estimate]:
    """Return name → estimate, as the task has them."""
    return {"binary": binary, "multiclass": multiclass, "regression": regression}[answers.task](answers)


def binary(answers: Answers) -> dict[str, Estimate]:
    """Measure a model of two classes."""
    positive = answers.truth == 1
    return {
        "auc": ranking.auc(answers.scores, positive),
        "average_precision": ranking.average_precision(answers.scores, positive),
        "brier": mean(np.square(answers.scores - answers.truth), "squared errors"),
        "log_loss": _log_loss(answers),
        "accuracy": _accuracy(answers),
    }


def multiclass(answers: Answers) -> dict[str, Estimate]:
    """Measure a model of three classes or more."""
    right = answers.truth == answers.decided
    members = [answers.truth == place for place in range(len(answers.classes))]
    recalls = [(int(right[member].sum()), int(member.sum())) for member in members]
    return {
        "auc": ranking.macro_auc(answers.scores, answers.truth),
        "log_loss": _log_loss(answers),
        "accuracy": _accuracy(answers),
        "balanced_accuracy": mean_share(recalls, "the classes' recalls"),
    }


def regression(answers: Answers) -> dict[str, Estimate]:
    """Measure a model of a number."""
    errors = answers.scores - answers.truth
    return {
        "r2": r_squared(answers),
        "mae": mean(np.abs(errors), "absolute errors", POSITIVE),
        "rmse": root_mean_square(errors),
        "bias": mean(errors, "errors (said less true)", UNBOUNDED),
    }


def r_squared(answers: Answers) -> Estimate:
    """Estimate R²; where the truth is the same in every row, nothing is explained, and nothing is known."""
    errors = np.square(answers.scores - answers.truth)
    spread = np.square(answers.truth - answers.truth.mean())
    if not spread.any():
        return estimate(0.0, (0.0, 1.0), answers.rows, "every row has the same outcome: nothing is known")
    ratio = float(errors.sum() / spread.sum())
    deviation = float(np.std(errors - ratio * spread, ddof=1) / spread.mean() / math.sqrt(answers.rows))
    low, high = on_log_scale(ratio, deviation)
    return estimate(1 - ratio, (1 - high, 1 - low), answers.rows, R2)


def root_mean_square(errors: np.ndarray) -> Estimate:
    """Estimate the root of the mean squared error."""
    squares = np.square(errors)
    low, high = on_log_scale(float(squares.mean()), float(np.std(squares, ddof=1) / math.sqrt(squares.size)))
    return estimate(math.sqrt(squares.mean()), (math.sqrt(low), math.sqrt(high)), squares.size, RMSE)


def _log_loss(answers: Answers) -> Estimate:
    return mean(answers.losses(), "losses, minus the logarithm of what was said of what was true", POSITIVE)


def _accuracy(answers: Answers) -> Estimate:
    return share(int((answers.truth == answers.decided).sum()), answers.rows)
