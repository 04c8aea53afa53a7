"""Ways in which the answer may have leaked: a feature that gives it away, rows known from training, an open future.

* Each feature of the spec, alone, over all rows (``alone``): one that tells nearly everything was probably written down
  after the outcome. Columns that dataset.yaml says are known only afterwards are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.measures import alone
from pipelines.measures.features import features

if TYPE_CHECKING:
    from pipelines.study import Study


def measure(study: Study) -> dict[str, Any]:
    """Measure each feature of the spec."""
    outcome, folds = study.table.positive.to_numpy().astype(np.intp), np.asarray(study.sides.folds)
    columns = features(study.table.frame, study.dataset, study.spec.features)
    found = {feature.name: alone.tells_class(feature, outcome, folds) for feature in columns}
    name, best = max(found.items(), key=lambda item: (item[1]["value"], item[0]))
    return {
        "features": {name: estimate["value"] for name, estimate in found.items()},
        "highest": {"feature": name, **best},
        "method": alone.METHOD,
    }
