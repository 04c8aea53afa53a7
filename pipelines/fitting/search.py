"""A search for parameters: every combination that the spec lists is tried on folds of the training rows.

* A candidate is fitted, preparation and all, to all folds but one and measured on that one, for each fold in turn. The
  folds are the split's own: a hash of each row, so that one new row moves no other.
* What is measured is a proper score, the less the better: log loss where there are classes (a threshold needs
  probabilities, and a ranking would not notice if they were wrong), squared error of a value.
* The best mean over the folds is chosen; of equals, the first in the order of the spec.
* Candidates run side by side where it pays, one thread each, and give the same numbers wherever they run. A worker that
  died, or Ctrl-C, ends the search: it is refused, its processes end with it, and nothing was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from pipelines import fit
from pipelines.digits import rounded
from pipelines.estimators import FOLDS
from pipelines.fitting.assembly import folds

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.documents.estimator import Estimator, Search
    from pipelines.fitting.lesson import Lesson
    from pipelines.study import Study

METRICS = {"binary": "log loss", "multiclass": "log loss", "regression": "mean squared error"}
FEW = 100_000  # rows, over all fits: to start a worker takes longer
_EPSILON = 1e-15


@dataclass(frozen=True)
class Found:
    """What was chosen among how many, by which measure, and what the chosen one measured."""

    chosen: Estimator
    candidates: int
    folds: int
    metric: str
    score: float


#: The last search's outcome by what was asked: steps in a row fit the same study, and need not search again.
_FOUND: dict[str, Found] = {}


def candidates(estimator: Estimator, search: Search) -> list[Estimator]:
    """Return the estimator with each combination of the values to try."""
    return [
        estimator.model_copy(update={"parameters": estimator.parameters | dict(zip(search, values, strict=True))})
        for values in product(*search.values())
    ]


def search(study: Study, lesson: Lesson, fraction: Callable[[float], None]) -> Found:
    """Try every candidate; raise Refused if the search was interrupted, or a candidate could not be fitted."""
    asked = sha256(repr((study.spec, study.dataset)).encode())  # the dataset's description names its data
    if asked not in _FOUND:
        found = _uninterrupted(study, lesson, fraction)
        _FOUND.clear()
        _FOUND[asked] = found
    return _FOUND[asked]


def _uninterrupted(study: Study, lesson: Lesson, fraction: Callable[[float], None]) -> Found:
    try:
        return _search(study, lesson, fraction)
    except (BrokenProcessPool, KeyboardInterrupt) as ended:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        how = "Ctrl-C" if isinstance(ended, KeyboardInterrupt) else "a worker that died, perhaps for want of memory"
        where, mend = places.spec(study.model), "run it again; nothing was made"
        raise refuse("SEARCH_INTERRUPTED", where, "a search that ends", how, mend) from None


def loss(task: str, outputs: Any, targets: Any) -> float:  # noqa: ANN401 (arrays)
    """Return the mean loss of outputs [rows, outputs], given the targets [rows]."""
    if task == "regression":
        return float(np.mean((outputs[:, 0] - targets) ** 2))
    chances = np.column_stack([1 - outputs[:, 0], outputs[:, 0]]) if task == "binary" else outputs
    of_truth = chances[np.arange(len(targets)), targets.astype(np.int64)]
    return float(-np.log(np.clip(of_truth, _EPSILON, 1)).mean())


def _search(study: Study, lesson: Lesson, fraction: Callable[[float], None]) -> Found:
    tried = candidates(study.spec.estimator, study.spec.search or {})
    jobs = [(candidate, fold) for candidate in tried for fold in range(FOLDS)]
    # Rows are sent to a worker whole (max_nbytes): no file is left behind for another process to read.
    few = len(jobs) * len(lesson.targets) < FEW
    working = Parallel(n_jobs=1 if few else -1, return_as="generator", max_nbytes=None)
    scores = []
    for score in working(delayed(_score)(study, lesson, *job) for job in jobs):
        scores.append(score)
        fraction(len(scores) / len(jobs))
    means = np.array(scores).reshape(len(tried), FOLDS).mean(axis=1)
    best = int(means.argmin())
    return Found(tried[best], len(tried), FOLDS, METRICS[study.task], float(rounded(means[best])))


def _score(study: Study, lesson: Lesson, chosen: Estimator, fold: int) -> float:
    rest, tried = map(lesson.only, folds(lesson.folds, FOLDS)[fold])
    rest.require_classes(study, "the rows of all folds but one")
    fitted = fit.learn(study, rest, chosen)
    return loss(study.task, fitted.outputs(tried.frame), tried.targets)
