"""Which module compiles which of scikit-learn's classes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from counterseal.documents.portable.columns import Column
    from counterseal.documents.portable.combine import Predictor

    Columns = tuple[Column, ...]

FAMILIES = {
    "BernoulliNB": "bayes",
    "CalibratedClassifierCV": "calibrated",
    "DecisionTreeClassifier": "trees",
    "DecisionTreeRegressor": "trees",
    "ElasticNet": "linear",
    "ExtraTreesClassifier": "trees",
    "ExtraTreesRegressor": "trees",
    "GaussianNB": "bayes",
    "GradientBoostingClassifier": "boosting",
    "GradientBoostingRegressor": "boosting",
    "HistGradientBoostingClassifier": "histogram",
    "HistGradientBoostingRegressor": "histogram",
    "LinearRegression": "linear",
    "LogisticRegression": "linear",
    "PoissonRegressor": "linear",
    "RandomForestClassifier": "trees",
    "RandomForestRegressor": "trees",
    "Ridge": "linear",
    "SGDClassifier": "linear",
    "SGDRegressor": "linear",
    "VotingClassifier": "voting",
    "VotingRegressor": "voting",
}


class Family(Protocol):
    """A module of this package that compiles a family of estimators."""

    def settle(self, estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
        """Round what a fitted estimator learned, in the estimator."""

    def predictor(self, estimator: Any, columns: Columns, *, linked: bool) -> Predictor:  # noqa: ANN401
        """Write a fitted estimator down; if not ``linked``, with its scores as they are before the link."""


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401
    """See ``Family.settle``."""
    _family(estimator).settle(estimator, columns)


def predictor(estimator: Any, columns: Columns, *, linked: bool = True) -> Predictor:  # noqa: ANN401
    """See ``Family.predictor``."""
    return _family(estimator).predictor(estimator, columns, linked=linked)


def _family(estimator: Any) -> Family:  # noqa: ANN401
    return cast("Family", import_module(f"pipelines.compiling.{FAMILIES[type(estimator).__name__]}"))
