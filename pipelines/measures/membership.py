"""How well a row's loss tells whether the model learned from it: what it remembers of people (Yeom and others 2018).

0.5 is nothing. ``gap`` is how much higher the mean loss of held-out rows is than that of training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import normal
from pipelines.measures.ranking import auc

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers

METHOD = (
    "AUC of the loss as a sign of having been learned from, training against held-out rows, DeLong's variance, 95 %"
)
GAP = "mean loss of held-out rows less that of training rows, normal approximation"


def measure(training: Answers, holdout: Answers) -> dict[str, Any]:
    """Compare the losses of both sides."""
    known, unknown = training.losses(), holdout.losses()
    learned = np.arange(known.size + unknown.size) < known.size
    told = auc(-np.concatenate([known, unknown]), learned)
    spread = known.var(ddof=1) / known.size + unknown.var(ddof=1) / unknown.size
    gap = normal(float(unknown.mean() - known.mean()), float(np.sqrt(spread)), learned.size, GAP)
    return {"auc": {**told, "method": METHOD}, "gap": gap}
