"""Naive Bayes: for each class the log of its share, and of what it makes of each column.

A class's score is ln(share) + the sum over the columns of ln N(column; mean, deviation squared) (Gaussian), or of the
log of the probability of 1 or of 0 (Bernoulli). Of two classes, one score is enough: the difference.

A column that is nearly constant within each class makes scores so far from 0 that their difference has no digits left,
so ``var_smoothing`` is larger here than scikit-learn's own: the gate would refuse what serves nobody.

The centre of a number is written in the input's own unit. Taken back from there it would differ from the estimator's
mean by rounding, so that is what the estimator's mean is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from counterseal.documents.portable.additive import Additive, SquaredTerm
from counterseal.documents.portable.columns import NumberColumn
from pipelines.compiling.additive import score
from pipelines.digits import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.columns import ProductColumn
    from pipelines.compiling.family import Columns


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    if hasattr(estimator, "feature_log_prob_"):
        estimator.feature_log_prob_ = rounded(estimator.feature_log_prob_)
        return
    estimator.theta_, estimator.var_ = rounded(estimator.theta_), rounded(np.sqrt(estimator.var_)) ** 2
    for place, column in enumerate(columns):
        if isinstance(column, NumberColumn):
            centers = column.center + column.scale * estimator.theta_[:, place]
            estimator.theta_[:, place] = (centers - column.center) / column.scale


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Additive:  # noqa: ANN401
    """See ``family.Family``; what it answers is always probabilities."""
    del linked
    constants, shares = _coins(estimator) if hasattr(estimator, "feature_log_prob_") else _bells(estimator)
    if len(shares) > 2:  # noqa: PLR2004 (classes)
        scores = tuple(score(constant, columns, row) for constant, row in zip(constants, shares, strict=True))
        return Additive(kind="additive", scores=scores, link="softmax")
    differences = [Difference(up, down) for down, up in zip(*shares, strict=True)]
    only = score(constants[1] - constants[0], columns, differences)
    return Additive(kind="additive", scores=(only,), link="logit")


def _bells(estimator: Any) -> tuple[list[float], list[list[Bell | Coin]]]:  # noqa: ANN401
    """Return for each class its constant, and a share for each column."""
    means, deviations = estimator.theta_, np.sqrt(estimator.var_)
    constants = np.log(estimator.class_prior_) - np.log(deviations * math.sqrt(2 * math.pi)).sum(axis=1)
    pairs = np.stack([means, deviations], axis=2).tolist()
    return constants.tolist(), [[Bell(*pair) for pair in row] for row in pairs]


def _coins(estimator: Any) -> tuple[list[float], list[list[Bell | Coin]]]:  # noqa: ANN401
    """Return for each class its constant, and a share for each column."""
    up = estimator.feature_log_prob_
    pairs = np.stack([up, np.log(1 - np.exp(up))], axis=2).tolist()
    return estimator.class_log_prior_.tolist(), [[Coin(*pair) for pair in row] for row in pairs]


@dataclass(frozen=True)
class Bell:
    """The log of a normal density, less its constant; see ``additive.Share``."""

    mean: float
    deviation: float

    def at(self, value: float) -> float:
        """See ``additive.Share``."""
        z = (value - self.mean) / self.deviation
        return z * z * -0.5

    def number(self, column: NumberColumn) -> Iterator[SquaredTerm]:
        """See ``additive.Share``."""
        yield SquaredTerm(
            kind="squared",
            input=column.input,
            impute=column.impute,
            center=column.center + column.scale * self.mean,
            scale=column.scale * self.deviation,
            weight=-0.5,
        )

    def product(self, column: ProductColumn) -> NoReturn:
        """Refuse: a proposal with interactions is not let through to here."""
        raise AssertionError(column)


@dataclass(frozen=True)
class Coin:
    """The log of the probability of 1, and of 0; see ``additive.Share``. A proposal has no other columns here."""

    up: float
    down: float

    def at(self, value: float) -> float:
        """See ``additive.Share``."""
        return self.up if value > 0 else self.down

    def number(self, column: NumberColumn) -> NoReturn:
        """See ``Bell.product``."""
        raise AssertionError(column)

    def product(self, column: ProductColumn) -> NoReturn:
        """See ``Bell.product``."""
        raise AssertionError(column)


@dataclass(frozen=True)
class Difference:
    """One share less another; see ``additive.Share``."""

    up: Bell | Coin
    down: Bell | Coin

    def at(self, value: float) -> float:
        """See ``additive.Share``."""
        return self.up.at(value) - self.down.at(value)

    def number(self, column: NumberColumn) -> Iterator[SquaredTerm]:
        """See ``additive.Share``."""
        yield from self.up.number(column)
        yield from (term.model_copy(update={"weight": -term.weight}) for term in self.down.number(column))

    def product(self, column: ProductColumn) -> NoReturn:
        """See ``Bell``."""
        raise AssertionError(column)
