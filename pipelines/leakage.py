"""How well each feature alone tells the outcome: one that tells nearly everything was probably written down after it.

* A number ranks rows by itself, in whichever direction is better; whether it is missing is tried, too.
* A category ranks rows by the share of positives among the other folds' rows of that category, so that a rare category
  cannot speak for itself; one that no other fold has gets the other folds' overall share. Missing is a category.
* All rows are used, with the folds of ``split``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pipelines import intervals
from pipelines.split import FOLDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.study import Study

METHOD = "area under the ROC curve of one feature alone; categories by their share of positives in the other folds"


def measure(study: Study) -> dict[str, Any]:
    """Measure each feature of the spec."""
    positive = [bool(label) for label in study.table.positive.to_list()]
    found = {}
    for name in study.spec.features:
        values = study.table.frame[name].to_list()
        if study.dataset.columns[name].type == "category":
            found[name] = intervals.auc(out_of_fold(values, positive, study.sides.folds), positive)
        else:
            found[name] = of_number(values, positive)
    feature, best = max(found.items(), key=lambda item: (item[1]["value"], item[0]))
    return {
        "method": METHOD,
        "features": {name: estimate["value"] for name, estimate in found.items()},
        "highest": {"feature": feature, "auc": best["value"], **{k: best[k] for k in ("low", "high", "n")}},
    }


def of_number(values: Sequence[float | None], positive: Sequence[bool]) -> intervals.Estimate:
    """Measure a number: the best of its value and its absence, in either direction."""
    present = [value for value in values if value is not None]
    middle = sorted(present)[len(present) // 2] if present else 0.0
    filled = [middle if value is None else value for value in values]
    absent = [1.0 if value is None else 0.0 for value in values]
    tried = [[sign * value for value in scores] for scores in (filled, absent) for sign in (1, -1)]
    return max((intervals.auc(scores, positive) for scores in tried), key=lambda estimate: estimate["value"])


def out_of_fold(values: Sequence[str | None], positive: Sequence[bool], folds: Sequence[int]) -> list[float]:
    """Return for each row the share of positives among the other folds' rows of its category."""
    rows, ups = Counter(zip(folds, values, strict=True)), Counter[tuple[int, str | None]]()
    ups.update(key for key, is_up in zip(zip(folds, values, strict=True), positive, strict=True) if is_up)
    every, every_up = Counter(folds), Counter(fold for fold, is_up in zip(folds, positive, strict=True) if is_up)
    shares: dict[tuple[int, str | None], float] = {}
    for fold, value in rows:
        others = [other for other in range(FOLDS) if other != fold]
        n, up = sum(rows[other, value] for other in others), sum(ups[other, value] for other in others)
        if n == 0:
            n, up = sum(every[other] for other in others), sum(every_up[other] for other in others)
        shares[fold, value] = up / n if n else 0.0
    return [shares[key] for key in zip(folds, values, strict=True)]
