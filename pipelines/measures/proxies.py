"""How well the features tell which group somebody is in, though the attribute itself is left out.

* Each feature alone (``alone``), of the group it tells best.
* All together: a naive Bayes classifier over the features' codes, whose log-odds for each row come from the other folds
  (half a row added to each count), as an AUC of the group against the rest. The group told best stands.
* Held-out rows only; groups of fewer than ``SMALLEST`` rows are not asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import Estimate
from pipelines.measures import alone
from pipelines.measures.ranking import auc
from pipelines.split import FOLDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipelines.measures.features import Coded, Feature
    from pipelines.measures.grouping import Grouping

BINS = 10
METHOD = "AUC of a group against the rest by naive Bayes over the features, out of fold, DeLong's variance, 95 %"


def measure(grouping: Grouping, features: Sequence[Feature], folds: NDArray[np.intp]) -> dict[str, Any]:
    """Measure how well the features tell the groups of a column that is not among them."""
    asked = [feature for feature in features if feature.name != grouping.name]
    members = {name: rows for name, rows in grouping.members().items() if not rows.all()}
    if not asked or not members:
        return {"applies": False}
    coded = [feature.coded(BINS) for feature in asked]
    together = {name: _together(coded, rows, folds) for name, rows in members.items()}
    group, best = max(together.items(), key=lambda item: (item[1]["value"], item[0]))
    best_alone = {feature.name: _alone(feature, list(members.values()), folds) for feature in asked}
    return {"applies": True, "group": group, "together": {**best, "method": METHOD}, "features": best_alone}


def _alone(feature: Feature, members: Sequence[NDArray[np.bool_]], folds: NDArray[np.intp]) -> float:
    return max(alone.tells_class(feature, rows.astype(np.intp), folds)["value"] for rows in members)


def _together(coded: Sequence[Coded], inside: NDArray[np.bool_], folds: NDArray[np.intp]) -> Estimate:
    odds = np.zeros(inside.size)
    for column in coded:
        odds += _log_odds(column, inside, folds)
    return auc(odds, inside)


def _log_odds(column: Coded, inside: NDArray[np.bool_], folds: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return for each row the logarithm of how much likelier its code is inside the group, in the other folds."""
    width = len(column.labels)
    cells = folds * width + column.codes
    counts = [np.bincount(cells[rows], minlength=FOLDS * width).reshape(FOLDS, width) for rows in (inside, ~inside)]
    smoothed = [part.sum(axis=0) - part + 0.5 for part in counts]
    shares = [part / part.sum(axis=1, keepdims=True) for part in smoothed]
    found: NDArray[np.float64] = np.log(shares[0] / shares[1])[folds, column.codes]
    return found
