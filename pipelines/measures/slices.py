"""Where the model is worse than elsewhere, and where outcomes are not what it says: slices found in the data.

* A slice is the rows with one code of a feature, or one of each of two features: numbers in ``BINS`` ranges, categories
  one by one, missing by itself. Those of fewer than ``SMALLEST`` rows, or of all but so few, are not tried; nor are
  categories beyond the ``MOST`` most frequent of a feature, nor pairs beyond the first ``PAIRED`` features of the spec.
* ``weak`` slices: the mean loss is higher than that of the rest, by Welch's test, one-sided. ``gain`` says how much
  less the model loses there than somebody who always says what the training rows say on average; its interval holds
  for all slices together (Bonferroni).
* ``odd`` slices: the share found is not the one said, by a test of the sum of residuals (Spiegelhalter 1986): what a
  poisoned slice looks like to a model that did not follow it, and a poorly fitted one, too.
* Slices overlap, so p is adjusted for all that were tried by Benjamini and Yekutieli's method. Shown are the ``SHOWN``
  least likely of those below ``SIGNIFICANT``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import LEVEL, UNBOUNDED, mean, rounded, share
from pipelines.measures import calibration
from pipelines.measures.features import Coded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers

    Numbers = NDArray[np.float64]
    Test = tuple[Numbers, Numbers]  # for each cell that is tried, a statistic and its p

BINS = 4
SMALLEST = 30
MOST = 50
PAIRED = 40
SHOWN = 5
SIGNIFICANT = 0.05
WEAK = "mean loss against the rest, Welch's test, one-sided, adjusted by Benjamini and Yekutieli"
ODD = "outcomes against what was said, sum of residuals, two-sided, adjusted by Benjamini and Yekutieli"


@dataclass(frozen=True)
class Cut:
    """The slices of one feature or two: each row's cell, which cells are tried, and their sums of some numbers."""

    columns: tuple[Coded, ...]
    cells: NDArray[np.intp]
    tried: NDArray[np.intp]
    counts: NDArray[np.int64]

    def sums(self, values: Numbers) -> Numbers:
        """Return the sum of the values in each cell that is tried."""
        return np.bincount(self.cells, values)[self.tried].astype(np.float64)

    def says(self, cell: int) -> str:
        """Return what a cell's rows have in common."""
        last = self.columns[-1]
        places = [cell] if len(self.columns) == 1 else list(divmod(cell, len(last.labels)))
        return " and ".join(f"{item.name} {item.labels[at]}" for item, at in zip(self.columns, places, strict=True))


def cuts(columns: Sequence[Coded], rows: int) -> list[Cut]:
    """Cut so many rows by each feature and each two."""
    return [cut for cut in _cuts(columns, rows) if cut.tried.size]


def weak(answers: Answers, guessed: Numbers, cut: Sequence[Cut]) -> dict[str, Any]:
    """Find where the losses are higher than elsewhere; ``guessed`` are the losses of who always says the same."""
    losses = answers.losses()
    tests = [against_the_rest(item, losses) for item in cut]
    tried, worst = _least_likely(cut, tests)
    level = 1 - (1 - LEVEL) / max(tried, 1)

    def told(members: NDArray[np.bool_]) -> dict[str, Any]:
        gain = mean(guessed[members] - losses[members], "losses avoided", UNBOUNDED, level)
        return {
            "quality": mean(losses[members], "losses", UNBOUNDED),
            "rest": mean(losses[~members], "losses", UNBOUNDED),
            "gain": {**gain, "method": f"mean of n losses avoided, Bonferroni over {tried} slices, 95 %"},
        }

    return {"worst": [{**said, **told(members)} for said, members in worst], "tried": tried, "method": WEAK}


def odd(answers: Answers, cut: Sequence[Cut]) -> dict[str, Any]:
    """Find where outcomes are not what was said."""
    said, found = answers.confidence(), calibration.outcomes(answers)
    spread = np.square(found - said) if answers.task == "regression" else said * (1 - said)
    tests = [of_residuals(item, found - said, spread) for item in cut]
    tried, worst = _least_likely(cut, tests)

    def told(members: NDArray[np.bool_]) -> dict[str, Any]:
        gap = mean((found - said)[members], "outcomes less scores", UNBOUNDED)
        shown = {"said": rounded(said[members].mean()), "gap": gap}
        number = answers.task == "regression"
        return shown if number else {**shown, "found": share(int(found[members].sum()), int(members.sum()))}

    return {"worst": [{**shown, **told(members)} for shown, members in worst], "tried": tried, "method": ODD}


def _cuts(columns: Sequence[Coded], rows: int) -> Iterator[Cut]:
    frequent = [_frequent(column) for column in columns]
    for column in frequent:
        yield _cut((column,), column.codes, column.codes < 0, rows)
    for first, second in combinations(frequent[:PAIRED], 2):
        cells = first.codes * len(second.labels) + second.codes
        yield _cut((first, second), cells, (first.codes < 0) | (second.codes < 0), rows)


def _frequent(column: Coded) -> Coded:
    """Keep the codes that are frequent enough to be tried; any other is -1."""
    counts = np.bincount(column.codes, minlength=len(column.labels))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST])
    kept = kept[counts[kept] >= SMALLEST]
    renamed = np.full(len(column.labels), -1)
    renamed[kept] = np.arange(kept.size)
    return Coded(column.name, renamed[column.codes], tuple(column.labels[place] for place in kept))


def _cut(columns: tuple[Coded, ...], cells: NDArray[np.intp], outside: NDArray[np.bool_], rows: int) -> Cut:
    """Cut the rows; those outside are in no slice, and in a cell of their own, the last one."""
    last = math.prod(len(column.labels) for column in columns)
    cells = np.where(outside, last, cells)
    counts = np.bincount(cells, minlength=last)[:last]
    tried = np.flatnonzero((counts >= SMALLEST) & (counts <= rows - SMALLEST))
    return Cut(columns, cells, tried, counts[tried])


def against_the_rest(cut: Cut, losses: Numbers) -> Test:
    """Test for each cell whether its mean loss is higher than the rest's (Welch)."""
    from scipy.special import stdtr  # noqa: PLC0415 (a second to import)

    n, m = cut.counts, losses.size - cut.counts
    sums, squares = cut.sums(losses), cut.sums(np.square(losses))
    others, other_squares = losses.sum() - sums, np.square(losses).sum() - squares
    of_mean = np.maximum(squares / n - np.square(sums / n), 0) / (n - 1)
    of_others = np.maximum(other_squares / m - np.square(others / m), 0) / (m - 1)
    spread = np.maximum(of_mean + of_others, np.finfo(np.float64).tiny)
    freedom = np.square(spread) / (np.square(of_mean) / (n - 1) + np.square(of_others) / (m - 1) + 1e-300)
    t = (sums / n - others / m) / np.sqrt(spread)
    return t, np.asarray(stdtr(freedom, -t))


def of_residuals(cut: Cut, residuals: Numbers, spread: Numbers) -> Test:
    """Test for each cell whether its residuals add up to 0, given what each may spread."""
    from scipy.special import ndtr  # noqa: PLC0415

    z = cut.sums(residuals) / np.sqrt(np.maximum(cut.sums(spread), np.finfo(np.float64).tiny))
    return np.abs(z), np.asarray(2 * ndtr(-np.abs(z)))


def _least_likely(
    cut: Sequence[Cut], tests: Sequence[Test]
) -> tuple[int, list[tuple[dict[str, Any], NDArray[np.bool_]]]]:
    """Return how many slices were tried, and the least likely ones with their rows."""
    from scipy.stats import false_discovery_control  # noqa: PLC0415

    at = [(item, int(cell)) for item in cut for cell in item.tried]
    if not at:
        return 0, []
    statistics = np.concatenate([statistic for statistic, _ in tests])
    adjusted = false_discovery_control(np.clip(np.concatenate([p for _, p in tests]), 0, 1), method="by")
    found = sorted(
        (-rounded(statistics[i]), at[i][0].says(at[i][1]), i) for i in np.flatnonzero(adjusted <= SIGNIFICANT)
    )
    worst = []
    for _, where, i in found[:SHOWN]:
        members = at[i][0].cells == at[i][1]
        worst.append(({"where": where, "n": int(members.sum()), "adjusted_p": rounded(adjusted[i])}, members))
    return len(at), worst
