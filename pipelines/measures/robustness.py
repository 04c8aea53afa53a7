"""How far a decision is from tipping: for a linear model the margin is exact.

A row's margin is the Euclidean distance, in standard deviations of the training rows, that its numbers would have to
move together for the decision to change, its categories as they are:
|sum - logit(threshold)| / ||weights per standard deviation||.
A margin is counted as at most ``CAP``; so is that of a model without numbers, which nothing of the kind can tip.
A row is fragile if its margin is below ``FRAGILE``.
"""

from __future__ import annotations

import math
from statistics import pstdev
from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.additive import Additive, LinearTerm
from pipelines.intervals import Estimate, estimate, quantile, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from counterseal.documents.portable.model import PortableModel
    from pipelines.measures.answers import Answers
    from pipelines.study import Study

FRAGILE = 0.1
CAP = 100.0
LEAST = 1e-12
METHOD = f"exact distance to the decision boundary in standardised numbers, categories fixed; fragile below {FRAGILE:g}"


def measure(study: Study, model: PortableModel, answers: Answers) -> dict[str, Any]:
    """Measure the held-out rows, whose answers are given."""
    found = margins(model, answers.scores, steepness(study, model))
    fragile = share(int((found < FRAGILE).sum()), found.size)
    return {"method": METHOD, "n": found.size, "median_margin": median(found), "fragile_share": fragile}


def steepness(study: Study, model: PortableModel) -> float:
    """Return how much the sum can change per standard deviation, all numbers together."""
    deviations = {
        name: pstdev(value for value in study.training.frame[name].to_list() if value is not None)
        for name in study.features("integer", "number")
    }
    return math.hypot(*(term.weight / term.scale * deviations[term.input] for term in linear_terms(model)))


def linear_terms(model: PortableModel) -> list[LinearTerm]:
    """Return the linear terms of a model's only score."""
    terms = model.predictor.scores[0].terms if isinstance(model.predictor, Additive) else ()
    return [term for term in terms if isinstance(term, LinearTerm)]


def margins(model: PortableModel, scores: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """Return each row's margin, from its probability."""
    threshold = model.threshold or 0.5
    boundary = math.log(threshold / (1 - threshold))
    clipped = np.clip(scores, LEAST, 1 - LEAST)
    away = np.abs(np.log(clipped / (1 - clipped)) - boundary)
    return np.minimum(CAP, away / slope) if slope else np.full(scores.size, CAP)


def median(values: NDArray[np.float64]) -> Estimate:
    """Estimate a median by the order statistics around it, by the normal approximation of the binomial."""
    ordered, n = np.sort(values), values.size
    reach = quantile() * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - reach)), min(n - 1, math.ceil(n / 2 + reach))
    return estimate(float(np.median(values)), (ordered[low], ordered[high]), n, "median of n, order statistics, 95 %")
