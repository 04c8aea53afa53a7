"""Numbers with intervals: an estimate says its value, its 95 % interval, from how many rows, and by which method.

* A share: Wilson's score interval, which holds for small groups and at 0 and 1 (Wilson 1927; Newcombe 1998).
* A difference of two shares: Newcombe's hybrid of two Wilson intervals (Newcombe 1998, method 10); a mean of shares
  likewise (MOVER; Zou and Donner 2008).
* A ratio of two shares: the logarithm's normal approximation, half a row added to each cell (Walter 1975).
* A mean: its normal approximation; a positive one may be taken on the scale of its logarithm.

All are rounded to ``DIGITS`` decimals, so that bytes do not depend on a processor's last bit.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

LEVEL = 0.95
DIGITS = 6
UNBOUNDED = (-math.inf, math.inf)

#: How often something happened, of how many.
Counts = tuple[int, int]


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
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high), "n": int(n), "method": method}


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
    value = float(successes / n) if n else 0.0
    return estimate(value, wilson(int(successes), int(n)), n, "share of n, Wilson's score interval, 95 %")


def newcombe(first: Counts, second: Counts, level: float = LEVEL) -> tuple[float, float, float]:
    """Return the difference of two shares, and its interval; a share of none at all may be anything."""
    (p, low_p, high_p), (q, low_q, high_q) = (
        (successes / n if n else 0.0, *wilson(successes, n, level)) for successes, n in (first, second)
    )
    if not (first[1] and second[1]):
        return p - q, low_p - high_q, high_p - low_q
    return p - q, p - q - math.hypot(p - low_p, high_q - q), p - q + math.hypot(high_p - p, q - low_q)


def walter(first: Counts, second: Counts, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of the ratio of two shares."""
    (up, n), (other, m) = first, second
    middle = math.log((up + 0.5) * (m + 0.5)) - math.log((n + 0.5) * (other + 0.5))
    spread = quantile(level) * math.sqrt(1 / (up + 0.5) - 1 / (n + 0.5) + 1 / (other + 0.5) - 1 / (m + 0.5))
    return math.exp(middle - spread), math.exp(middle + spread)


def mean_share(parts: Sequence[Counts], what: str) -> Estimate:
    """Estimate the mean of shares, each of which counts alike."""
    found = [(successes / n if n else 0.0, *wilson(successes, n)) for successes, n in parts]
    value = sum(p for p, _, _ in found) / len(found)
    below = math.hypot(*(p - low for p, low, _ in found)) / len(found)
    above = math.hypot(*(high - p for p, _, high in found)) / len(found)
    n = sum(n for _, n in parts)
    return estimate(value, (value - below, value + above), n, f"mean of {what}, MOVER over Wilson's intervals, 95 %")


def mean(values: ArrayLike, what: str, bounds: tuple[float, float] = (0.0, 1.0), level: float = LEVEL) -> Estimate:
    """Estimate a mean of numbers within bounds; of one number alone, everything within them is possible."""
    numbers = np.asarray(values, dtype=np.float64)
    n, value = numbers.size, float(numbers.mean())
    spread = quantile(level) * math.sqrt(numbers.var(ddof=1) / n) if n > 1 else bounds[1] - bounds[0]
    interval = (max(bounds[0], value - spread), min(bounds[1], value + spread))
    return estimate(value, interval, n, f"mean of n {what}, normal approximation, 95 %")


def normal(value: float, deviation: float, n: int, method: str) -> Estimate:
    """Estimate a number by its standard error."""
    spread = quantile() * deviation
    return estimate(value, (value - spread, value + spread), n, f"{method}, 95 %")


def on_log_scale(value: float, deviation: float) -> tuple[float, float]:
    """Return the interval of a positive number, symmetric on the scale of its logarithm."""
    if value <= 0:
        return 0.0, 0.0 + quantile() * deviation
    factor = math.exp(quantile() * deviation / value)
    return value / factor, value * factor
