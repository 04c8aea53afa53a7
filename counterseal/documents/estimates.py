"""The numbers that the evaluate step measured, wherever they stand, what people call them, and which way is better.

* An estimate is an object with a value, a low and a high; beside them stand the rows it comes from (n) and its method.
* What is better is a property of the measure; of one that is not known here only the direction can be said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = "tuple[str, ...]"
Estimate: TypeAlias = "Mapping[str, Any]"

_HIGHER = {
    "auc",
    "average_precision",
    "accuracy",
    "balanced_accuracy",
    "r2",
    "precision",
    "recall",
    "specificity",
    "f1",
}
_LOWER = {"brier", "log_loss", "mae", "rmse", "ece", "cost", "fragile_share"}
_LOWER |= {"difference", "equalised_odds", "equal_opportunity", "flip", "saved"}
#: Measures that have a best value in the middle.
_BEST = {"bias": 0.0, "slope": 1.0, "intercept": 0.0, "ratio": 1.0, "calibration_gap": 0.0}
_WORDS = {
    "auc": "AUC",
    "brier": "Brier score",
    "calibration_gap": "said less found",
    "cost": "mean cost of a decision",
    "difference": "largest difference",
    "ece": "calibration error",
    "equal_opportunity": "difference of true positive rates",
    "equalised_odds": "difference of error rates",
    "f1": "F1",
    "label_rate": "positives in the data",
    "mae": "mean absolute error",
    "r2": "R²",
    "ratio": "smallest ratio",
    "rmse": "root mean squared error",
    "saved": "saved by the cheapest threshold",
    "selected": "decided positive",
    "selection_rate": "decided positive",
    "bias": "mean error",
}


def estimates(value: Any, path: Path = ()) -> Iterator[tuple[Path, Estimate]]:  # noqa: ANN401 (measures are JSON)
    """Yield whatever is an estimate, with where it stands."""
    if not isinstance(value, Mapping):
        return
    if {"value", "low", "high"} <= value.keys():
        yield path, value
        return
    for name, inner in value.items():
        yield from estimates(inner, (*path, name))


def words(name: str) -> str:
    """Return what people call a measure."""
    return _WORDS.get(name, name.replace("_", " "))


def named(path: Path) -> str:
    """Return what people call a measure that stands inside others."""
    *around, last = path or ("",)
    return f"{' · '.join(map(words, around))}: {words(last)}" if around else words(last)


def preference(name: str) -> str:
    """Return which way is better, in brackets; nothing where that is not known or goes without saying."""
    if name in _BEST:
        return f" (best at {_BEST[name]:g})"
    return " (lower is better)" if name in _LOWER else ""


def judged(name: str, new: float, old: float) -> str:
    """Say of two values of a measure that differ which is better; or only which is higher."""
    if name in _HIGHER:
        return "better" if new > old else "worse"
    if name in _LOWER:
        return "better" if new < old else "worse"
    if name in _BEST:
        return "better" if abs(new - _BEST[name]) < abs(old - _BEST[name]) else "worse"
    return "higher" if new > old else "lower"
