"""Calibrated classifiers: for each fold an estimator and the maps learned where it was not; their mean answers.

A map takes what scikit-learn's takes: the estimator's scores where it has a decision function, else its probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.combine import Average, Calibrated, Isotonic, Sigmoid
from pipelines.compiling import family
from pipelines.digits import rounded

if TYPE_CHECKING:
    from pipelines.compiling.family import Columns


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    for fold in estimator.calibrated_classifiers_:
        family.settle(fold.estimator, columns)
        for learned in fold.calibrators:
            _settle(learned)


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Average:  # noqa: ANN401
    """See ``family.Family``; what it answers is always probabilities."""
    del linked
    members = tuple(_calibrated(fold, columns) for fold in estimator.calibrated_classifiers_)
    return Average(kind="average", members=members, weights=(1 / len(members),) * len(members))


def _settle(learned: Any) -> None:  # noqa: ANN401
    if hasattr(learned, "a_"):
        learned.a_, learned.b_ = float(rounded(learned.a_)), float(rounded(learned.b_))
        return
    x, y = rounded(learned.X_thresholds_), rounded(learned.y_thresholds_)
    rises = np.concatenate([[True], np.diff(x) > 0])
    learned.X_thresholds_, learned.y_thresholds_ = x[rises], y[rises]
    learned.X_min_, learned.X_max_ = learned.X_thresholds_[[0, -1]]
    learned._build_f(learned.X_thresholds_, learned.y_thresholds_)  # noqa: SLF001 (there is no public way)


def _calibrated(fold: Any, columns: Columns) -> Calibrated:  # noqa: ANN401
    member = family.predictor(fold.estimator, columns, linked=not hasattr(fold.estimator, "decision_function"))
    return Calibrated(kind="calibrated", member=member, maps=tuple(map(_map, fold.calibrators)))


def _map(learned: Any) -> Sigmoid | Isotonic:  # noqa: ANN401
    if hasattr(learned, "a_"):
        return Sigmoid(kind="sigmoid", a=learned.a_, b=learned.b_)
    x, y = learned.X_thresholds_.tolist(), learned.y_thresholds_.tolist()
    return Isotonic(kind="isotonic", x=tuple(x), y=tuple(y))
