"""Two models on the same rows: how much more the new one has of something, with an interval that knows they are paired.

Every estimate takes what the old model has, and what the new one has, of the same n rows in the same order.

* A difference of shares: Newcombe's paired interval (Newcombe 1998, method 10), which holds for small groups.
* A difference of means: Student's t on the rows' differences; of means over classes that count alike, its normal
  approximation within the classes.
* A difference of AUCs: DeLong's variance of two correlated areas, from the rows' influence on both (``ranking``). Where
  it is 0 though the models rank the rows differently (two perfect rankings), Wilson's intervals over the smaller class
  are put together (MOVER; Zou and Donner 2008).
* What is no mean of rows (average precision, R², root mean squared error): the same rows drawn for both, and the
  bootstrap's quantiles, widened to the difference itself.
* Whether the decisions that became right are as many as those that became wrong: McNemar's exact test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from pipelines.intervals import LEVEL, Estimate, estimate, quantile, rounded, wilson
from pipelines.measures import ranking
from pipelines.measures.draws import generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers

    Numbers = NDArray[np.float64]
    Marks = NDArray[np.bool_]
    Rows = NDArray[np.intp]

TIMES = 500
FEWEST_TIMES = 100
DRAWN = 50_000_000  # row numbers that are drawn in all: of very many rows, fewer draws say as much
CELLS = 4_000_000  # row numbers that are drawn at once
FEWEST = 2
UNKNOWN = "fewer than two rows of a class: nothing is known"


@dataclass(frozen=True)
class Pair:
    """The answers of two models of one task to the same rows."""

    old: Answers
    new: Answers

    def where(self, chosen: Marks) -> Pair:
        """Return the answers to some of the rows."""
        return Pair(self.old.where(chosen), self.new.where(chosen))

    def numbers(self, of: Callable[[Answers], Any]) -> tuple[Numbers, Numbers]:
        """Return something of both as numbers."""
        return np.asarray(of(self.old), np.float64), np.asarray(of(self.new), np.float64)

    def marks(self, of: Callable[[Answers], Any]) -> tuple[Marks, Marks]:
        """Return whether something holds of each row for both."""
        return np.asarray(of(self.old), np.bool_), np.asarray(of(self.new), np.bool_)


def share(pair: tuple[Marks, Marks], what: str, level: float = LEVEL) -> Estimate:
    """Estimate the difference of the shares of n rows, n > 0, for which something holds."""
    old, new = pair
    n, come, gone, both = new.size, int((new & ~old).sum()), int((old & ~new).sum()), int((old & new).sum())
    p, q = (both + come) / n, (both + gone) / n
    (low_p, high_p), (low_q, high_q) = wilson(both + come, n, level), wilson(both + gone, n, level)
    phi = _correlation(both, come, gone, n - both - come - gone)
    below, above = _together(p - low_p, high_q - q, phi), _together(high_p - p, q - low_q, phi)
    method = f"difference of shares of n {what}, Newcombe's paired interval, {_told(level)}"
    return estimate(p - q, (p - q - below, p - q + above), n, method)


def _correlation(both: int, come: int, gone: int, neither: int) -> float:
    """Return Newcombe's phi, corrected for continuity; 0 where a margin is empty."""
    margins = (both + come) * (gone + neither) * (both + gone) * (come + neither)
    excess = float(both * neither - come * gone)
    if excess > 0:
        excess = max(excess - (both + come + gone + neither) / 2, 0.0)
    return excess / math.sqrt(margins) if margins else 0.0


def _together(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))


def mean(pair: tuple[Numbers, Numbers], what: str, level: float = LEVEL) -> Estimate:
    """Estimate the difference of the means of n rows, n > 1."""
    moved = pair[1] - pair[0]
    n, value = moved.size, float(moved.mean())
    spread = float(stats.t.ppf((1 + level) / 2, n - 1) * moved.std(ddof=1) / math.sqrt(n))
    method = f"difference of means of n {what}, Student's t on the rows' differences, {_told(level)}"
    return estimate(value, (value - spread, value + spread), n, method)


def mean_share(pair: tuple[Marks, Marks], classes: Numbers) -> Estimate:
    """Estimate the difference of the means of the classes' shares; each class needs two rows."""
    moved = pair[1].astype(np.float64) - pair[0]
    parts = [moved[classes == place] for place in np.unique(classes)]
    if min(part.size for part in parts) < FEWEST:
        return estimate(0.0, (-1.0, 1.0), moved.size, UNKNOWN)
    value = float(np.mean([part.mean() for part in parts]))
    spread = quantile() * math.sqrt(sum(part.var(ddof=1) / part.size for part in parts)) / len(parts)
    method = "difference of the means of the classes' shares, normal approximation within classes, 95 %"
    return estimate(value, (value - spread, value + spread), moved.size, method)


def auc(pair: tuple[Numbers, Numbers], truth: Marks) -> Estimate:
    """Estimate the difference of AUCs, or of the classes' mean AUCs: scores and truth are (n, K), 1 for two classes."""
    least = int(min(truth.sum(axis=0).min(), (~truth).sum(axis=0).min()))
    if least < FEWEST:
        return estimate(0.0, (-1.0, 1.0), len(truth), UNKNOWN)
    (was, pulled), (now, pulls) = (_area(scores, truth) for scores in pair)
    spread = quantile() * math.sqrt(float(np.square(pulls - pulled).sum()))
    below, above = spread, spread
    if not spread and not np.array_equal(*(stats.rankdata(scores, axis=0) for scores in pair)):
        (low, high), (low_was, high_was) = (wilson(round(value * least), least) for value in (now, was))
        below, above = math.hypot(now - low, high_was - was), math.hypot(high - now, was - low_was)
    method = "difference of areas under the ROC curve, paired DeLong, 95 %"
    return estimate(now - was, (now - was - below, now - was + above), len(truth), method)


def _area(scores: Numbers, truth: Marks) -> tuple[float, Numbers]:
    parts = [ranking.influence(column, ups) for column, ups in zip(scores.T, truth.T, strict=True)]
    return float(np.mean([value for value, _ in parts])), np.mean([pull for _, pull in parts], axis=0)


def drawn(statistic: Callable[[Rows], tuple[Numbers, Numbers]], n: int, what: str) -> Estimate:
    """Estimate the difference of a statistic: draws of rows, (times, n), to what old and new come to, (times,)."""
    (was,), (now,) = statistic(np.arange(n)[None, :])
    times = max(FEWEST_TIMES, min(TIMES, DRAWN // n))
    moved = np.concatenate([new - old for old, new in map(statistic, _draws(what, n, times))])
    low, high = (float(edge) for edge in np.quantile(moved, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    value = float(now - was)
    method = f"difference of {what}, the same rows drawn for both ({times} times), 95 %"
    return estimate(value, (min(low, value), max(high, value)), n, method)


def _draws(what: str, n: int, times: int) -> Iterator[Rows]:
    source, block = generator(what, n), max(1, CELLS // n)
    for start in range(0, times, block):
        yield (source.random((min(block, times - start), n)) * n).astype(np.intp)


def average_precision(scores: Numbers, positive: Marks) -> Callable[[Rows], Numbers]:
    """Return the average precision as a function of draws of rows; 0 for a draw without positives."""
    order = np.argsort(-scores, kind="stable")
    place, ups = np.empty_like(order), positive[order]
    place[order] = np.arange(order.size)
    last = np.append(np.flatnonzero(np.diff(scores[order])), order.size - 1)

    def of(rows: Rows) -> Numbers:
        times = np.stack([np.bincount(place[row], minlength=order.size) for row in rows])
        found, chosen = np.cumsum(times * ups, axis=1)[:, last], np.cumsum(times, axis=1)[:, last]
        precision = found / np.maximum(chosen, 1)
        return np.asarray((np.diff(found, axis=1, prepend=0) * precision).sum(axis=1) / np.maximum(found[:, -1], 1))

    return of


def mcnemar(come: int, gone: int) -> float:
    """Return how likely so uneven a split is by chance, both ways counted; 1 where nothing changed."""
    return rounded(stats.binomtest(come, come + gone).pvalue if come + gone else 1.0)


def _told(level: float) -> str:
    return "95 %" if level == LEVEL else "95 % for all groups together"
