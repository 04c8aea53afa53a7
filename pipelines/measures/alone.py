"""How well one feature alone tells something apart: the outcome (a leak), or a group (a stand-in for it).

* A number ranks rows by itself, in whichever direction is better; whether it is missing is tried, too.
* A category ranks rows by the share of positives among the other folds' rows of that category, so that a rare category
  cannot speak for itself; one that no other fold has gets the other folds' overall share. Missing is a category.
* Of several classes, the one told best stands.
* A numeric outcome is told as far as the mean of the other folds' rows in the same bin (of ``BINS``) explains it: R².
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.intervals import Estimate
from pipelines.measures.answers import Answers
from pipelines.measures.quality import r_squared
from pipelines.measures.ranking import auc
from pipelines.split import FOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.measures.features import Feature

BINS = 20
METHOD = "area under the ROC curve of one feature alone; categories by their share of positives in the other folds"
METHOD_OF_NUMBERS = f"R² of the outcome by the mean of one feature's bin (of {BINS}) in the other folds"


def tells_class(feature: Feature, classes: NDArray[np.intp], folds: NDArray[np.intp]) -> Estimate:
    """Estimate how well a feature tells some class from the rest; of two classes, there is one question."""
    places = range(1 if classes.max() == 1 else 0, int(classes.max()) + 1)
    return max((_tells(feature, classes == place, folds) for place in places), key=lambda found: found["value"])


def tells_number(feature: Feature, outcome: NDArray[np.float64], folds: NDArray[np.intp]) -> Estimate:
    """Estimate how much of a numeric outcome a feature explains."""
    said = means_of_others(feature.coded(BINS).codes, outcome, folds)
    return r_squared(Answers("regression", (), said, outcome, said))


def means_of_others(
    codes: NDArray[np.intp], outcome: NDArray[np.float64] | NDArray[np.bool_], folds: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return for each row the mean outcome of the other folds' rows with its code."""
    width = int(codes.max()) + 1
    cells = folds * width + codes
    rows = np.bincount(cells, minlength=FOLDS * width).reshape(FOLDS, width)
    sums = np.bincount(cells, outcome, FOLDS * width).reshape(FOLDS, width)
    rows, sums = rows.sum(axis=0) - rows, sums.sum(axis=0) - sums
    overall = sums.sum(axis=1, keepdims=True) / np.maximum(rows.sum(axis=1, keepdims=True), 1)
    means: NDArray[np.float64] = np.where(rows > 0, sums / np.maximum(rows, 1), overall)
    return means[folds, codes]


def _tells(feature: Feature, positive: NDArray[np.bool_], folds: NDArray[np.intp]) -> Estimate:
    if feature.categorical:
        return auc(means_of_others(feature.values.astype(np.intp), positive, folds), positive)
    present = feature.values[~feature.missing]
    filled = np.where(feature.missing, np.median(present) if present.size else 0.0, feature.values)
    tried = [sign * scores for scores in (filled, feature.missing.astype(np.float64)) for sign in (1.0, -1.0)]
    return max((auc(scores, positive) for scores in tried), key=lambda found: found["value"])
