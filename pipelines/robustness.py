"""How far a decision is from tipping: for a linear model the margin is exact.

A row's margin is the Euclidean distance, in standard deviations of the training rows, that its numbers would have to
move together for the decision to change, its categories as they are:
|sum - logit(threshold)| / ||weights per standard deviation||.
A margin is counted as at most ``CAP``; so is that of a model without numbers, which nothing of the kind can tip.
A row is fragile if its margin is below ``FRAGILE``.
"""

from __future__ import annotations

import math
from statistics import median, pstdev
from typing import TYPE_CHECKING, Any

from counterseal.documents.portable.additive import Additive, LinearTerm
from pipelines.intervals import quantile, rounded, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterseal.documents.portable.model import PortableModel
    from pipelines.study import Study

FRAGILE = 0.1
CAP = 100.0
METHOD = f"exact distance to the decision boundary in standardised numbers, categories fixed; fragile below {FRAGILE:g}"


def measure(study: Study, model: PortableModel, sums: Sequence[float]) -> dict[str, Any]:
    """Measure the held-out rows, whose sums (before the link) are given."""
    found = margins(model, sums, steepness(study, model))
    n, fragile = len(found), sum(margin < FRAGILE for margin in found)
    low, high = _median_interval(sorted(found))
    lowest, highest = wilson(fragile, n)
    middle = {"low": rounded(low), "high": rounded(high), "method": "order statistics, 95 %"}
    share = {"low": rounded(lowest), "high": rounded(highest), "method": "Wilson's score interval, 95 %"}
    return {
        "method": METHOD,
        "median_margin": rounded(median(found)),
        "fragile_share": rounded(fragile / n),
        "n": n,
        "intervals": {"median_margin": middle, "fragile_share": share},
    }


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


def margins(model: PortableModel, sums: Sequence[float], slope: float) -> list[float]:
    """Return each row's margin."""
    threshold = model.threshold or 0.5
    boundary = math.log(threshold / (1 - threshold))
    return [min(CAP, abs(total - boundary) / slope) if slope else CAP for total in sums]


def _median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """Return the order statistics between which the median lies, by the normal approximation of the binomial."""
    n = len(ordered)
    reach = quantile() * math.sqrt(n) / 2
    low, high = math.floor(n / 2 - reach), math.ceil(n / 2 + reach)
    return ordered[max(0, low)], ordered[min(n - 1, high)]
