"""Voting: the weighted mean of what the members answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.combine import Average
from pipelines.compiling import family

if TYPE_CHECKING:
    from pipelines.compiling.family import Columns


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``; the weights are made to add up to 1 as they do in model.json, so that sums end alike."""
    for member in estimator.estimators_:
        family.settle(member, columns)
    weights = np.array(estimator.weights or [1.0] * len(estimator.estimators_), dtype=np.float64)
    estimator.weights = (weights / weights.sum()).tolist()


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Average:  # noqa: ANN401
    """See ``family.Family``; members answer with their links."""
    del linked
    members = tuple(family.predictor(member, columns) for member in estimator.estimators_)
    return Average(kind="average", members=members, weights=tuple(estimator.weights))
