"""The baseline: what the training rows looked like, binned so that no small group can be read off.

* Numbers: about ten bins of equal size between cut points rounded to ``DIGITS`` significant digits, so that a cut is
  no record's exact value; neighbours are joined until each bin holds at least ``POOL`` rows.
* Categories: one by one, those with fewer than ``POOL`` rows together; while these are few, the next smallest joins.
* The model's score is binned as a number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
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
    if not present:
        return []
    at = [present[len(present) * i // BINS] for i in range(1, BINS)]
    return sorted({float(f"{value:.{DIGITS}g}") for value in at})


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
    counts = [0] * (len(cuts) + 1)
    for value in present:
        counts[bisect_right(cuts, value)] += 1
    return counts
