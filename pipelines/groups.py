"""Outcomes by group, for each sensitive column of dataset.yaml, whether the model uses it or not.

* A number is grouped at its cut points, a category by its values; a missing value is a group of its own.
* Each group's selection rate (the share decided positive) and true positive rate have Wilson intervals.
* Compared are groups of at least ``SMALLEST`` rows; smaller ones are named, not counted.
* The difference is the largest between any two groups' selection rates. Its interval takes Newcombe's for each pair, at
  a level raised so that all pairs hold together (Bonferroni), and from these the largest low and the largest high: the
  largest true difference lies inside with 95 % confidence. (A bootstrap of the largest gap can exclude its own value.)
* With fewer than two groups to compare nothing is known, and the interval is everything: 0 to 1.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from pipelines.intervals import LEVEL, newcombe, rounded, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.study import Study

SMALLEST = 10
NOTHING = "fewer than two groups large enough to compare: nothing is known"
METHOD = "largest difference of selection rates between two groups, Newcombe's intervals, Bonferroni over pairs, 95 %"


def measure(study: Study, decided: Sequence[bool]) -> dict[str, Any]:
    """Measure each sensitive column on the held-out rows; ``decided`` says which were decided positive."""
    side, found = study.holdout, {}
    for name, column in study.dataset.sensitive.items():
        labels = [column.group_label(value) for value in side.frame[name].to_list()]
        found[name] = _column(column.group_labels(), labels, decided, side.labels())
    return found


def _column(
    order: Sequence[str], labels: Sequence[str], decided: Sequence[bool], positive: Sequence[bool]
) -> dict[str, Any]:
    members = {name: [i for i, own in enumerate(labels) if own == name] for name in dict.fromkeys(order)}
    large = {name: rows for name, rows in members.items() if len(rows) >= SMALLEST}
    selected = {name: (sum(decided[i] for i in rows), len(rows)) for name, rows in large.items()}
    return {
        "groups": {name: _group(rows, decided, positive) for name, rows in large.items()},
        "difference": _difference(selected),
        "too_small": [name for name, rows in members.items() if 0 < len(rows) < SMALLEST],
    }


def _group(rows: Sequence[int], decided: Sequence[bool], positive: Sequence[bool]) -> dict[str, Any]:
    ups = [i for i in rows if positive[i]]
    return {
        "n": len(rows),
        "selection_rate": share(sum(decided[i] for i in rows), len(rows)),
        "true_positive_rate": share(sum(decided[i] for i in ups), len(ups)),
    }


def _difference(selected: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    pairs = list(combinations(selected.values(), 2))
    if not pairs:
        return {"value": 1.0, "low": 0.0, "high": 1.0, "n": 0, "method": NOTHING}
    level = 1 - (1 - LEVEL) / len(pairs)
    spans = [newcombe(first, second, level) for first, second in pairs]
    return {
        "value": rounded(max(abs(value) for value, _, _ in spans)),
        "low": rounded(max(max(low, -high, 0.0) for _, low, high in spans)),
        "high": rounded(max(max(-low, high) for _, low, high in spans)),
        "n": sum(n for _, n in selected.values()),
        "method": METHOD,
    }
