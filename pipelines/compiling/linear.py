"""Linear models: a weight for each column, an intercept, and the link that the estimator's class stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.additive import Additive, LinearTerm, ProductTerm
from pipelines.compiling.additive import score
from pipelines.digits import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.columns import NumberColumn, ProductColumn
    from counterseal.documents.portable.links import Link
    from pipelines.compiling.family import Columns

#: Class → the link of one score, and that of several.
_LINKS: dict[str, tuple[Link, Link]] = {
    "LogisticRegression": ("logit", "softmax"),
    "PoissonRegressor": ("exp", "exp"),
    "SGDClassifier": ("logit", "ovr"),
}


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    del columns
    estimator.coef_, estimator.intercept_ = rounded(estimator.coef_), rounded(estimator.intercept_)


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Additive:  # noqa: ANN401
    """See ``family.Family``."""
    weights, intercepts = np.atleast_2d(estimator.coef_).tolist(), np.atleast_1d(estimator.intercept_).tolist()
    one, several = _LINKS.get(type(estimator).__name__, ("identity", "identity"))
    return Additive(
        kind="additive",
        scores=tuple(score(b, columns, [Weight(w) for w in row]) for b, row in zip(intercepts, weights, strict=True)),
        link="identity" if not linked else one if len(weights) == 1 else several,
    )


@dataclass(frozen=True)
class Weight:
    """A column times a weight; see ``additive.Share``."""

    weight: float

    def at(self, value: float) -> float:
        """See ``additive.Share``."""
        return value * self.weight

    def number(self, column: NumberColumn) -> Iterator[LinearTerm]:
        """See ``additive.Share``."""
        fields = column.model_dump(exclude={"kind"})
        yield LinearTerm(kind="linear", **fields, weight=self.weight)

    def product(self, column: ProductColumn) -> Iterator[ProductTerm]:
        """See ``additive.Share``."""
        yield ProductTerm(kind="product", of=column.of, weight=self.weight)
