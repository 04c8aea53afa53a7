"""How far groups' rates of decisions are apart, from fairlearn's MetricFrame. The only file that knows fairlearn.

Rows of one group that are decided alike and turned out alike are handed over as one row and its weight, for speed. A
group without positives has no true positive rate, one without negatives no false positive rate: it takes no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Parities:
    """Point values: largest differences between two groups, and the smallest ratio of their selection rates."""

    difference: float
    ratio: float
    opportunity: float
    odds: float


def compare(up: NDArray[np.bool_], chosen: NDArray[np.bool_], places: NDArray[np.intp]) -> Parities:
    """Compare the groups at ``places`` by who is positive and who is chosen."""
    from fairlearn import metrics  # noqa: PLC0415 (it brings scikit-learn and pandas along, which take seconds)

    rates = {name: getattr(metrics, f"{name}_rate") for name in ("selection", "true_positive", "false_positive")}
    kinds, counts = np.unique(np.column_stack([up, chosen, places]), axis=0, return_counts=True)
    by_group = metrics.MetricFrame(
        metrics=rates,
        y_true=kinds[:, 0],
        y_pred=kinds[:, 1],
        sensitive_features=kinds[:, 2],
        sample_params={name: {"sample_weight": counts} for name in rates},
    ).by_group
    selected = by_group["selection"]
    opportunity = _spread(by_group["true_positive"].filter(set(places[up])))
    against = _spread(by_group["false_positive"].filter(set(places[~up])))
    ratio = float(selected.min() / selected.max()) if chosen.any() else 1.0
    return Parities(_spread(selected), ratio, opportunity, max(opportunity, against))


def _spread(rates: Any) -> float:  # noqa: ANN401 (a pandas Series)
    return float(rates.max() - rates.min()) if len(rates) else 0.0
