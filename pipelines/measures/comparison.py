"""An old model and a new one on the same rows: what differs, whose decisions change, and who gains and who loses by it.

* ``quality`` puts each number of ``quality`` beside the old one, with the difference (new less old) as an estimate.
* ``churn`` says whose decisions change, and which way (``churn``).
* ``groups`` asks both of each group that is large enough to compare, a row of a table each; ``too_small`` names the
  others. Its intervals hold for all groups of all columns together (Bonferroni).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import LEVEL, Estimate, rounded
from pipelines.measures import churn, paired, quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.measures.answers import Answers
    from pipelines.measures.grouping import Grouping
    from pipelines.measures.operating import Cost
    from pipelines.measures.paired import Marks, Numbers, Pair, Rows


def measure(pair: Pair, columns: Sequence[Grouping], cost: Cost | None) -> dict[str, Any]:
    """Compare two models, also by group of each sensitive column and by what wrong decisions cost."""
    small = [f"{column.name}: {name}" for column in columns for name in column.too_small()]
    found = {"quality": _quality(pair, cost), "churn": churn.measure(pair)}
    return found | {"groups": _groups(pair, columns), "too_small": small}


# -- quality


def _quality(pair: Pair, cost: Cost | None) -> dict[str, Any]:
    differences = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}[pair.new.task](pair)
    before, after = quality.measure(pair.old), quality.measure(pair.new)
    found = {name: _change(before[name]["value"], after[name]["value"], item) for name, item in differences.items()}
    if cost is None:
        return found
    return found | {"cost": _means(pair.numbers(lambda answers: _costs(answers, cost)), "rows' costs")}


def _change(old: float, new: float, difference: Estimate) -> dict[str, Any]:
    return {"old": rounded(old), "new": rounded(new), "difference": difference}


def _binary(pair: Pair) -> dict[str, Estimate]:
    positive = pair.new.truth == 1
    old, new = (paired.average_precision(answers.scores, positive) for answers in (pair.old, pair.new))
    squares = pair.numbers(lambda answers: np.square(answers.scores - answers.truth))
    return {
        "auc": paired.auc(pair.numbers(lambda answers: answers.scores[:, None]), positive[:, None]),
        "average_precision": paired.drawn(lambda rows: (old(rows), new(rows)), positive.size, "average precisions"),
        "brier": paired.mean(squares, "squared errors"),
        **_decisive(pair),
    }


def _multiclass(pair: Pair) -> dict[str, Estimate]:
    truth = pair.new.truth
    members = truth[:, None] == np.arange(len(pair.new.classes))
    return {
        "auc": paired.auc(pair.numbers(lambda answers: answers.scores), members),
        "balanced_accuracy": paired.mean_share(pair.marks(churn.right), truth),
        **_decisive(pair),
    }


def _decisive(pair: Pair) -> dict[str, Estimate]:
    return {
        "log_loss": paired.mean(pair.numbers(lambda answers: answers.losses()), "losses"),
        "accuracy": paired.share(pair.marks(churn.right), "decided rightly"),
    }


def _regression(pair: Pair) -> dict[str, Estimate]:
    errors = pair.numbers(lambda answers: answers.scores - answers.truth)
    truth, (old, new) = pair.new.truth, (np.square(error) for error in errors)
    n, spread = truth.size, np.square(truth - truth.mean())

    def explained(rows: Rows) -> tuple[Numbers, Numbers]:
        around = spread[rows].mean(axis=1)
        return _explained(old[rows].mean(axis=1), around), _explained(new[rows].mean(axis=1), around)

    def roots(rows: Rows) -> tuple[Numbers, Numbers]:
        return np.sqrt(old[rows].mean(axis=1)), np.sqrt(new[rows].mean(axis=1))

    return {
        "r2": paired.drawn(explained, n, "R²"),
        "mae": paired.mean((np.abs(errors[0]), np.abs(errors[1])), "absolute errors"),
        "rmse": paired.drawn(roots, n, "roots of the mean squared error"),
        "bias": paired.mean(errors, "errors (said less true)"),
    }


def _explained(squares: Numbers, spread: Numbers) -> Numbers:
    """Return R² from means; 0 where there is nothing to explain."""
    return np.where(spread > 0, 1 - squares / np.where(spread > 0, spread, 1.0), 0.0)


def _means(pair: tuple[Numbers, Numbers], what: str, level: float = LEVEL) -> dict[str, Any]:
    return _change(float(pair[0].mean()), float(pair[1].mean()), paired.mean(pair, what, level))


def _shares(pair: tuple[Marks, Marks], what: str, level: float) -> dict[str, Any]:
    return _change(float(pair[0].mean()), float(pair[1].mean()), paired.share(pair, what, level))


def _costs(answers: Answers, cost: Cost) -> Numbers:
    up, chosen = answers.truth == 1, answers.decided == 1
    return np.asarray(cost[0] * (chosen & ~up) + cost[1] * (~chosen & up), np.float64)


# -- groups


def _groups(pair: Pair, columns: Sequence[Grouping]) -> list[dict[str, Any]]:
    compared = [(column.name, name, rows) for column in columns for name, rows in column.members().items()]
    level = 1 - (1 - LEVEL) / max(len(compared), 1)
    return [{"column": column, "group": name, **_group(pair.where(rows), level)} for column, name, rows in compared]


def _group(pair: Pair, level: float) -> dict[str, Any]:
    n = pair.new.rows
    if pair.new.task == "regression":
        errors = pair.numbers(lambda answers: np.abs(answers.scores - answers.truth))
        return {"n": n, "mae": _means(errors, "absolute errors", level)}
    found: dict[str, Any] = {"n": n, "accuracy": _shares(pair.marks(churn.right), "decided rightly", level)}
    if pair.new.task == "binary":
        found["selection_rate"] = _shares(pair.marks(churn.selected), "decided positive", level)
    return found | churn.turned(pair)
