"""Ways in which the answer may have leaked: a feature that gives it away, rows known from training, an open future.

* Each feature of the spec, alone, over all rows (``alone``): one that tells nearly everything was probably written down
  after the outcome.
* Held-out rows that training knew already (``twins``), cases on both sides and rows older than training's last
  (``order``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.measures import alone, order, twins
from pipelines.measures.answers import truth
from pipelines.measures.features import features

if TYPE_CHECKING:
    from pipelines.intervals import Estimate
    from pipelines.measures.answers import Answers
    from pipelines.study import Study


def measure(study: Study, answers: Answers) -> dict[str, Any]:
    """Measure a study, and what was answered on its held-out rows."""
    found = _alone(study, number=answers.task == "regression")
    name, best = max(found.items(), key=lambda item: (item[1]["value"], item[0]))
    sides = (study.training.frame, study.holdout.frame)
    return {
        "features": {name: estimate["value"] for name, estimate in found.items()},
        "highest": {"feature": name, **best},
        "method": alone.METHOD_OF_NUMBERS if answers.task == "regression" else alone.METHOD,
        "duplicates": twins.measure(*sides, study.spec.features, answers),
        **order.measure(*sides, study.dataset),
    }


def _alone(study: Study, *, number: bool) -> dict[str, Estimate]:
    outcome, folds = truth(study.table), np.asarray(study.sides.folds)
    columns = features(study.table.frame, study.dataset, study.spec.features)
    if number:
        return {feature.name: alone.tells_number(feature, outcome, folds) for feature in columns}
    return {feature.name: alone.tells_class(feature, outcome.astype(np.intp), folds) for feature in columns}
