"""Weight of evidence: a number for each category that says how its odds of the positive class differ from all rows'.

With p and n the positive and negative training rows, and p(c) and n(c) those of category c::

    woe(c) = ln((p(c) + S * p / (p + n)) / (n(c) + S * n / (p + n))) - ln(p / n)

This is the weight of Siddiqi, *Credit Risk Scorecards* (2006), chapter 6, with ``S`` rows like all rows added to each
category, so that a rare one is drawn to 0 and none is infinite (the m-estimate of Micci-Barreca, *SIGKDD Explorations*
3(1), 2001). A category that no training row has, and a missing one, weigh 0: they are no evidence.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

SMOOTHING = 20.0


class WeightOfEvidence(TransformerMixin, BaseEstimator):  # type: ignore[misc] # the library has no types
    """Turn each column of categories into one of weights; ``weights_`` holds category → weight for each column."""

    weights_: list[dict[str, float]]

    def fit(self, rows: Any, labels: Any) -> Self:  # noqa: ANN401
        """Learn the weights from categories [rows, columns] and labels of 0 and 1 [rows]."""
        positive = np.asarray(labels) == 1
        self.weights_ = [_weights(column, positive) for column in np.asarray(rows, dtype=object).T]
        return self

    def transform(self, rows: Any) -> Any:  # noqa: ANN401
        """Return weights [rows, columns]."""
        columns = np.asarray(rows, dtype=object).T
        return np.column_stack(
            [[known.get(cell, 0.0) for cell in column] for known, column in zip(self.weights_, columns, strict=True)]
        ).astype(np.float64)


def _weights(column: Any, positive: Any) -> dict[str, float]:  # noqa: ANN401
    categories, place = np.unique(column.astype(str), return_inverse=True)
    up, down = float(positive.sum()), float((~positive).sum())
    p = np.bincount(place, weights=positive) + SMOOTHING * up / (up + down)
    n = np.bincount(place, weights=~positive) + SMOOTHING * down / (up + down)
    weights = np.log(p / n) - np.log(up / down)
    return {
        category: weight for category, weight in zip(categories.tolist(), weights.tolist(), strict=True) if category
    }
