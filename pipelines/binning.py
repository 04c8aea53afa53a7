"""The baseline: what the training rows looked like, binned so that no small group can be read off.

* Numbers: about ten bins of equal size between cut points rounded to ``DIGITS`` significant digits, so that a cut is
  no record's exact value; a value that very many rows share has a bin of its own, so that a shift away from it shows;
  neighbours are joined until each bin holds at least ``POOL`` rows.
* Categories: one by one, those with fewer than ``POOL`` rows together; while these are few, the next smallest joins.
* The model's score is binned as a number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from counterseal.documents.baseline import POOL, SCORE, Baseline, BaselineSpec, Bins, CategoryBins, NumberBins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.study import Study

BINS = 10
DIGITS = 3


def baseline(study: Study, scores: Sequence[float]) -> Baseline:
    """Bin the training rows' features, and the scores the model gives them."""
    side = study.training
    features: dict[str, Bins] = {}
    for name in study.spec.features:
        values, kind = side.frame[name].to_list(), study.dataset.columns[name].type
        features[name] = category_bins(values) if kind == "category" else number_bins(values)
    features[SCORE] = number_bins(scores)
    return Baseline.of(study.model, BaselineSpec(rows=side.rows, features=features))


def number_bins(values: Sequence[float | None]) -> NumberBins:
    """Bin numbers."""
    present = sorted(value for value in values if value is not None)
    cuts = _joined(_cuts(present), present)
    return NumberBins(cuts=cuts, counts=(*_counts(cuts, present), len(values) - len(present)))


def category_bins(values: Sequence[str | None]) -> CategoryBins:
    """Bin categories."""
    counts = Counter(value for value in values if value is not None)
    by_size = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    pooled = 0
    while by_size and (by_size[0][1] < POOL or 0 < pooled < POOL):
        pooled += by_size.pop(0)[1]
    kept = dict(sorted(by_size))
    missing = len(values) - counts.total()
    return CategoryBins(categories=tuple(kept), counts=(*kept.values(), pooled, missing))


def _cuts(present: Sequence[float]) -> list[float]:
    """Return cuts between bins of about equal size; a value that fills more than one of them has its own."""
    if not present:
        return []
    at = [present[len(present) * i // BINS] for i in range(1, BINS)]
    spikes = sorted({value for value, following in pairwise([present[0], *at]) if value == following})
    return sorted({*map(_round, at), *(cut for value in spikes if (cut := _above(value, present)) is not None)})


def _above(value: float, present: Sequence[float]) -> float | None:
    """Return a round cut between a value and the next larger one, if there is room for it."""
    place = bisect_right(present, value)
    if place == len(present):
        return None
    cut = _round((value + present[place]) / 2)
    return cut if value < cut <= present[place] else None


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _joined(cuts: Sequence[float], present: Sequence[float]) -> tuple[float, ...]:
    """Drop cut points until each bin between those that stay is large enough."""
    kept: list[float] = []
    for cut in cuts:
        if _counts([*kept, cut], present)[-2] >= POOL:
            kept.append(cut)
    while kept and _counts(kept, present)[-1] < POOL:
        kept.pop()
    return tuple(kept)


def _counts(cuts: Sequence[float], present: Sequence[float]) -> list[int]:
    below = [0, *(bisect_left(present, cut) for cut in cuts), len(present)]
    return [upper - lower for lower, upper in pairwise(below)]
