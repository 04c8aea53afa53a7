"""Numbers with intervals: an estimate says its value, its 95 % interval, from how many rows, and by which method.

* A share: Wilson's score interval, which holds for small groups and at 0 and 1.
* A difference of two shares: Newcombe's hybrid of two Wilson intervals (Newcombe 1998, method 10).
* A mean: its normal approximation.
* An AUC: DeLong's variance; where that is 0 (a perfect ranking), a Wilson interval over the smaller class.

All are rounded to ``DIGITS`` decimals, so that bytes do not depend on a processor's last bit.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from statistics import NormalDist, fmean, variance
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
DIGITS = 6


class Estimate(TypedDict):
    """A number and how far to believe it."""

    value: float
    low: float
    high: float
    n: int
    method: str


def rounded(value: float) -> float:
    """Round to the digits that are written down; there is one zero."""
    return round(float(value), DIGITS) + 0.0


def estimate(value: float, interval: tuple[float, float], n: int, method: str) -> Estimate:
    """Put a number together with its interval."""
    low, high = interval
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high), "n": n, "method": method}


def quantile(level: float = LEVEL) -> float:
    """Return how many standard errors a two-sided normal interval of this level spans to each side."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's interval of a share; of none at all, everything is possible."""
    if n == 0:
        return 0.0, 1.0
    z, p = quantile(level), successes / n
    middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def share(successes: int, n: int) -> Estimate:
    """Estimate a share."""
    return estimate(successes / n if n else 0.0, wilson(successes, n), n, "share of n, Wilson's score interval, 95 %")


def newcombe(first: tuple[int, int], second: tuple[int, int], level: float = LEVEL) -> tuple[float, float, float]:
    """Return the difference of two shares (successes, n), and its interval."""
    (p, low_p, high_p), (q, low_q, high_q) = (
        (successes / n if n else 0.0, *wilson(successes, n, level)) for successes, n in (first, second)
    )
    return p - q, p - q - math.hypot(p - low_p, high_q - q), p - q + math.hypot(high_p - p, q - low_q)


def mean(values: Sequence[float], what: str) -> Estimate:
    """Estimate a mean of numbers from 0 to 1."""
    n, value = len(values), fmean(values)
    spread = quantile() * math.sqrt(variance(values) / n) if n > 1 else 1.0
    interval = (max(0.0, value - spread), min(1.0, value + spread))
    return estimate(value, interval, n, f"mean of n {what}, normal approximation, 95 %")


def auc(scores: Sequence[float], positive: Sequence[bool]) -> Estimate:
    """Estimate the area under the ROC curve; each class needs two rows."""
    ups = sorted(score for score, is_up in zip(scores, positive, strict=True) if is_up)
    downs = sorted(score for score, is_up in zip(scores, positive, strict=True) if not is_up)
    above, below = [_above(up, downs) for up in ups], [1 - _above(down, ups) for down in downs]
    value, deviation = fmean(above), math.sqrt(variance(above) / len(ups) + variance(below) / len(downs))
    spread = quantile() * deviation
    interval = (max(0.0, value - spread), min(1.0, value + spread))
    if deviation == 0:
        least = min(len(ups), len(downs))
        interval = wilson(round(value * least), least)
    return estimate(value, interval, len(scores), "area under the ROC curve, DeLong's variance, 95 %")


def _above(score: float, others: Sequence[float]) -> float:
    """Return the share of the others (sorted) that lie below a score; ties count half."""
    return (bisect_left(others, score) + bisect_right(others, score)) / (2 * len(others))
