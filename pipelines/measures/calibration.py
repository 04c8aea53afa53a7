"""Whether what is said comes true: of rows told 0.3, 30 in a hundred should turn out positive.

* Bins hold equally many rows by what was said (multiclass: of the decided class; regression: the value itself), beside
  what was found.
* ``slope`` and ``intercept`` recalibrate: a binary model's by logistic regression of the outcome on the logit said,
  the intercept with the slope held at 1 (Cox 1958; Van Calster and others 2019); a regression's by least squares with
  standard errors that allow for unequal spread (HC1). A slope of 1 and an intercept of 0 need no correction.
* ``ece`` is the mean distance between said and found over the bins, weighted by rows. Chance alone makes such a
  distance, and resampling adds to it: so the low end is the value less what chance makes of it in 97.5 % of resamples
  (by the triangle inequality the truth is no lower), the high end the 97.5 % quantile of the resampled distances.
* Where the outcome follows from what was said without exception, no slope can be found, and everything is possible.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import UNBOUNDED, Estimate, estimate, mean, normal, rounded, share
from pipelines.measures.draws import resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers

BINS = 8
TIMES = 300
STEPS = 50
CAP = 100.0
LEAST = 1e-9
LOGISTIC = "logistic recalibration, its standard error"
LINEAR = "least squares of true on said, standard error HC1"
SEPARATED = "no slope separates best: nothing is known"
ECE = f"mean |said - found| over {BINS} bins, bootstrap of rows ({TIMES} times), chance taken off, 95 %"


def measure(answers: Answers) -> dict[str, Any]:
    """Measure calibration, as the task has it."""
    said, found = answers.confidence(), outcomes(answers)
    places = bins(said)
    measured: dict[str, Any] = {"bins": [_bin(answers, said, found, places == i) for i in range(int(places.max()) + 1)]}
    if answers.task == "regression":
        return measured | linear(said, found)
    measured["ece"] = expected_error(said, found, places)
    return measured | (logistic(said, found) if answers.task == "binary" else {})


def outcomes(answers: Answers) -> NDArray[np.float64]:
    """Return what should have been said: 1 where it came true, else 0; a regression's truth."""
    return (answers.truth == answers.decided).astype(np.float64) if answers.task == "multiclass" else answers.truth


def bins(said: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return each row's bin: equally many rows each, in the order of what was said; equals stay in their order."""
    places = np.empty(said.size, dtype=np.intp)
    places[np.argsort(said, kind="stable")] = np.arange(said.size) * min(BINS, said.size) // said.size
    return places


def expected_error(said: NDArray[np.float64], found: NDArray[np.float64], places: NDArray[np.intp]) -> Estimate:
    """Estimate the expected calibration error over given bins."""
    count, gap = int(places.max()) + 1, found - said
    gaps = np.bincount(places, gap, count)
    value = float(np.abs(gaps).sum() / said.size)
    drawn = resampled("expected calibration error", said.size, TIMES)
    sums = np.stack([np.bincount(places[rows], gap[rows], count) for rows in drawn])
    chance, high = (float(np.quantile(np.abs(part).sum(axis=1) / said.size, 0.975)) for part in (sums - gaps, sums))
    return estimate(value, (max(0.0, value - chance), min(1.0, max(value, high))), said.size, ECE)


def logistic(said: NDArray[np.float64], found: NDArray[np.float64]) -> dict[str, Estimate]:
    """Estimate the slope, and the intercept with the slope held at 1, of a logistic recalibration."""
    clipped = np.clip(said, LEAST, 1 - LEAST)
    logits = np.log(clipped / (1 - clipped))
    ones = np.ones_like(logits)
    return {
        "slope": _newton(np.column_stack([logits, ones]), np.zeros_like(logits), found),
        "intercept": _newton(ones[:, None], logits, found),
    }


def linear(said: NDArray[np.float64], found: NDArray[np.float64]) -> dict[str, Estimate]:
    """Estimate the slope and the intercept of the truth on what was said."""
    design = np.column_stack([said, np.ones_like(said)])
    if not np.ptp(said):
        unknown = estimate(0.0, (-CAP, CAP), said.size, SEPARATED)
        return {"slope": unknown, "intercept": unknown}
    bread = np.linalg.inv(design.T @ design)
    coefficients = bread @ (design.T @ found)
    scores = design * (found - design @ coefficients)[:, None]
    spread = bread @ (scores.T @ scores) @ bread * said.size / (said.size - 2)
    deviations = np.sqrt(np.diag(spread))
    names = ("slope", "intercept")
    return {name: normal(coefficients[i], deviations[i], said.size, LINEAR) for i, name in enumerate(names)}


def _newton(design: NDArray[np.float64], offset: NDArray[np.float64], found: NDArray[np.float64]) -> Estimate:
    """Fit a logistic regression by Newton's method, and estimate its first coefficient."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ coefficients + offset, -30, 30)))
        information = (design * (p * (1 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1 / LEAST:
            break
        step = np.linalg.solve(information, design.T @ (found - p))
        coefficients += step
        if np.abs(step).max() < LEAST:
            deviation = math.sqrt(float(np.linalg.inv(information)[0, 0]))
            return normal(float(coefficients[0]), deviation, found.size, LOGISTIC)
    return estimate(0.0, (-CAP, CAP), found.size, SEPARATED)


def _bin(
    answers: Answers, said: NDArray[np.float64], found: NDArray[np.float64], members: NDArray[np.bool_]
) -> dict[str, Any]:
    inside, number = found[members], answers.task == "regression"
    rate = mean(inside, "outcomes", UNBOUNDED) if number else share(int(inside.sum()), inside.size)
    return {"said": rounded(said[members].mean()), "found": rate}
