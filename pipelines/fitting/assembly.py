"""The scikit-learn estimator that a spec proposes, with everything it is told besides its parameters.

* What draws at random gets the spec's seed; nothing is given a clock or more than one thread.
* Columns without an order, and columns with which the answer may only rise or fall, are told to whoever takes them.
* ``calibrated`` learns its maps out of fold: on folds of the training rows that are pooled from the split's own, so
  that one new row moves no other. Each fold has its own estimator and maps; their probabilities are averaged.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.columns import CodeColumn
from pipelines.estimators import ESTIMATORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from counterseal.documents.estimator import Estimator
    from pipelines.compiling.columns import Simple
    from pipelines.estimators import Form
    from pipelines.study import Study

_ALL = ("max_features", 1)  # a share of 1; scikit-learn would take a whole number for a count


@dataclass(frozen=True)
class Setting:
    """What estimators are told: ``native`` and ``monotone`` [columns], ``folds`` [training rows]."""

    task: str
    seed: int
    native: NDArray[np.bool_]
    monotone: NDArray[np.int8]
    folds: NDArray[np.int64]


def setting(study: Study, simple: tuple[Simple, ...], products: int, folds: NDArray[np.int64]) -> Setting:
    """Return what estimators are told about columns that were prepared and the products behind them."""
    signs = {"increasing": 1, "decreasing": -1}
    monotone = [signs.get(study.spec.preprocessing.monotone.get(column.input, ""), 0) for column in simple]
    native = [isinstance(column, CodeColumn) and column.unseen is None for column in simple]
    return Setting(
        task=study.task,
        seed=study.spec.seed,
        native=np.array([*native, *[False] * products]),
        monotone=np.array([*monotone, *[0] * products], dtype=np.int8),
        folds=folds,
    )


def build(proposed: Estimator, setting: Setting) -> Any:  # noqa: ANN401 (the library has no types)
    """Make the estimator, unfitted; raise KeyError for one that is not allowed for the task."""
    module, _, name = _form(proposed, setting.task).path.rpartition(".")
    made = getattr(importlib.import_module(module), name)
    parameters = _parameters(proposed, setting.task)
    if proposed.of is not None:
        member, count = build(proposed.of, setting), parameters["cv"]
        return made(member, method=parameters["method"], cv=folds(setting.folds, count), ensemble=True)
    if proposed.members is not None:
        members = [(str(place), build(member, setting)) for place, member in enumerate(proposed.members)]
        return made(members, **parameters)
    return made(**parameters, **_told(made(), setting))


def parts(proposed: Estimator, of_row: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the places of the rows of each part that some calibrated estimator among these divides the rows into."""
    found = [part for inner in proposed.parts for part in parts(inner, of_row)]
    if proposed.of is not None:
        found += [part for pair in folds(of_row, _parameters(proposed, "binary")["cv"]) for part in pair]
    return found


def folds(of_row: NDArray[np.int64], count: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the places of the rows to learn from and to try on, for each of so many pools of folds."""
    pools = of_row % count
    return [(np.flatnonzero(pools != pool), np.flatnonzero(pools == pool)) for pool in range(count)]


def _form(proposed: Estimator, task: str) -> Form:
    form = ESTIMATORS[proposed.name].form(task)
    if form is None:
        raise KeyError(proposed.name)
    return form


def _parameters(proposed: Estimator, task: str) -> dict[str, Any]:
    given = {name: 1.0 if (name, value) == _ALL else value for name, value in proposed.parameters.items()}
    return {**_form(proposed, task).defaults, **given}


def _told(estimator: Any, setting: Setting) -> dict[str, Any]:  # noqa: ANN401
    offered: dict[str, Any] = {"random_state": setting.seed}
    if setting.native.any():
        offered["categorical_features"] = setting.native
    if setting.monotone.any():
        offered["monotonic_cst"] = setting.monotone
    takes = estimator.get_params()
    return {name: value for name, value in offered.items() if name in takes}
