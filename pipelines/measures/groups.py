"""Outcomes by group, and how far apart they are.

* Each group's rates are shares with Wilson's intervals; smaller groups are named, not counted; so are described groups
  without a row. A multiclass model has the rates of each class against the rest, a regression its mean errors.
* Point values of the comparisons are fairlearn's. Their intervals are ours, because a bootstrap of a largest gap can
  exclude its own value: each pair of groups (and class, and kind of error) is compared at a level raised so that all
  hold together (Bonferroni), and from these come the largest low and the largest high.
* ``difference``: of selection rates (demographic parity), Newcombe's intervals. ``ratio``: the smallest ratio of them
  (the four-fifths rule), Walter's intervals; ``adjusted_p`` is the smallest of Fisher's exact tests among pairs below
  four fifths, after Benjamini and Hochberg, because the bare rule fails nearly every fair model with small groups.
  ``equalised_odds``: the larger of the differences of true and of false positive rates; ``equal_opportunity``: the
  first alone.
* A regression's ``difference`` is that of mean errors, in standard deviations of the outcome, Welch's intervals.
* With fewer than two groups to compare nothing is known, and the interval is everything.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import LEVEL, UNBOUNDED, Counts, estimate, mean, newcombe, quantile, rounded, share, walter
from pipelines.measures import calibration, parities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers
    from pipelines.measures.grouping import Grouping

NOTHING = "fewer than two groups large enough to compare: nothing is known"
DIFFERENCE = "largest difference of selection rates between two groups, Newcombe's intervals, Bonferroni, 95 %"
RATIO = "smallest ratio of selection rates between two groups, Walter's intervals, Bonferroni, 95 %"
ODDS = "largest difference of true or false positive rates, Newcombe's intervals, Bonferroni, 95 %"
OPPORTUNITY = "largest difference of true positive rates, Newcombe's intervals, Bonferroni, 95 %"
ERRORS = "largest difference of mean errors in standard deviations of the outcome, Welch's intervals, Bonferroni, 95 %"
FOUR_FIFTHS = 0.8


def measure(answers: Answers, grouping: Grouping) -> dict[str, Any]:
    """Measure one grouping of the rows."""
    members = grouping.members()
    compared = _errors(answers, members) if answers.task == "regression" else _rates(answers, grouping, members)
    return {
        "groups": {name: _group(answers.where(rows), answers.task) for name, rows in members.items()},
        **compared,
        "too_small": grouping.too_small(),
        "absent": grouping.absent(),
    }


def views(answers: Answers) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return which rows are positive and which are decided so: of a binary model, or of each class against the rest."""
    classes = list(enumerate(answers.classes))
    return {name: (answers.truth == i, answers.decided == i) for i, name in classes[answers.task == "binary" :]}


def _group(answers: Answers, task: str) -> dict[str, Any]:
    said, found = answers.confidence(), calibration.outcomes(answers)
    bounds = UNBOUNDED if task == "regression" else (-1.0, 1.0)
    scores = {
        "mean_score": mean(said, "scores", bounds),
        "calibration_gap": mean(said - found, "scores less outcomes", bounds),
    }
    if task == "regression":
        return {"n": answers.rows, "mean_outcome": mean(found, "outcomes", bounds), **scores}
    seen = {name: _seen(*view) for name, view in views(answers).items()}
    return {"n": answers.rows, **(next(iter(seen.values())) if task == "binary" else {"classes": seen}), **scores}


def _seen(up: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "selection_rate": share(int(chosen.sum()), chosen.size),
        "true_positive_rate": share(*_counts(chosen, up)),
        "false_positive_rate": share(*_counts(chosen, ~up)),
        "label_rate": share(int(up.sum()), up.size),
    }


def _counts(happened: NDArray[np.bool_], among: NDArray[np.bool_]) -> Counts:
    return int((happened & among).sum()), int(among.sum())


def _rates(answers: Answers, grouping: Grouping, members: Mapping[str, NDArray[np.bool_]]) -> dict[str, Any]:
    """Compare rates between groups; of several classes, the one that is farthest apart stands."""
    n = int(sum(rows.sum() for rows in members.values()))
    if len(members) < 2:  # noqa: PLR2004 (a pair)
        unknown = dict.fromkeys(("difference", "equal_opportunity", "equalised_odds"), estimate(1, (0, 1), n, NOTHING))
        return unknown | {"ratio": {**estimate(0, (0, 1), n, NOTHING), "adjusted_p": 1.0}}
    large = np.any(list(members.values()), axis=0)
    selected, true, false, points = [], [], [], []
    for up, chosen in views(answers).values():
        points.append(parities.compare(up[large], chosen[large], grouping.places[large]))
        selected.append([_counts(chosen, rows) for rows in members.values()])
        true.append([_counts(chosen, rows & up) for rows in members.values()])
        false.append([_counts(chosen, rows & ~up) for rows in members.values()])
    odds = max(point.odds for point in points)
    farthest = max(zip(points, views(answers), strict=True), key=lambda item: (item[0].difference, item[1]))[1]
    return {
        **({"worst_class": farthest} if answers.task == "multiclass" else {}),
        "difference": estimate(max(point.difference for point in points), _apart(selected), n, DIFFERENCE),
        "ratio": _ratio(min(point.ratio for point in points), selected, n),
        "equal_opportunity": estimate(max(point.opportunity for point in points), _apart(true), n, OPPORTUNITY),
        "equalised_odds": estimate(odds, _apart([*true, *false]), n, ODDS),
    }


def _pairs(tables: Sequence[Sequence[Counts]]) -> list[tuple[Counts, Counts]]:
    return [pair for table in tables for pair in combinations(table, 2)]


def _level(pairs: int) -> float:
    return 1 - (1 - LEVEL) / pairs


def _apart(tables: Sequence[Sequence[Counts]]) -> tuple[float, float]:
    """Return between which bounds the largest difference within a table lies."""
    pairs = _pairs(tables)
    spans = [newcombe(first, second, _level(len(pairs))) for first, second in pairs]
    return max(max(low, -high, 0.0) for _, low, high in spans), max(max(-low, high) for _, low, high in spans)


def _ratio(value: float, tables: Sequence[Sequence[Counts]], n: int) -> dict[str, Any]:
    pairs = _pairs(tables)
    spans = [walter(first, second, _level(len(pairs))) for first, second in pairs]
    low = min(min(low, 1 / high) for low, high in spans)
    high = min(min(high, 1 / low, 1.0) for low, high in spans)
    interval = (min(low, value), max(high, value))
    return {**estimate(value, interval, n, RATIO), "adjusted_p": rounded(_adjusted(pairs))}


def _adjusted(pairs: Sequence[tuple[Counts, Counts]]) -> float:
    """Return the smallest adjusted p of Fisher's exact tests among pairs below four fifths; 1 if there are none."""
    from scipy.stats import false_discovery_control, fisher_exact  # noqa: PLC0415 (a second to import)

    tables = [[[up, n - up], [other, m - other]] for (up, n), (other, m) in pairs]
    adjusted = false_discovery_control([fisher_exact(table).pvalue for table in tables], method="bh")
    below = [p for p, pair in zip(adjusted, pairs, strict=True) if _below(*pair)]
    return float(min(below, default=1.0))


def _below(first: Counts, second: Counts) -> bool:
    (up, n), (other, m) = first, second
    return min(up * m, other * n) < FOUR_FIFTHS * max(up * m, other * n)


def _errors(answers: Answers, members: Mapping[str, NDArray[np.bool_]]) -> dict[str, Any]:
    """Compare mean errors between groups, in standard deviations of the outcome."""
    n, deviation = int(sum(rows.sum() for rows in members.values())), float(answers.truth.std())
    if len(members) < 2 or not deviation:  # noqa: PLR2004
        return {"difference": estimate(1, (0, max(1.0, 2 * deviation)), n, NOTHING)}
    errors = (answers.scores - answers.truth) / deviation
    means = [(float(errors[rows].mean()), float(errors[rows].var(ddof=1) / rows.sum())) for rows in members.values()]
    pairs = list(combinations(means, 2))
    z = quantile(_level(len(pairs)))
    spans = [(abs(a - b), z * math.sqrt(of_a + of_b)) for (a, of_a), (b, of_b) in pairs]
    low, high = max(max(0.0, gap - reach) for gap, reach in spans), max(gap + reach for gap, reach in spans)
    return {"difference": estimate(max(gap for gap, _ in spans), (low, high), n, ERRORS)}
