"""Fitting with scikit-learn, and compiling what was fitted to plain data.

* One thread, a fixed seed: the same materials give the same bytes.
* The preparation is fitted first and rounded, then the estimator to what comes out of it, and rounded: the last bits,
  in which processors differ, do not reach model.json, and the estimator and the plain data still agree.
* A search chooses parameters on folds of the training rows; the estimator is then fitted to all of them.
* A fit that failed, or did not converge, is refused.

scikit-learn is imported when something is fitted: it takes seconds, and documents are read without it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents import places
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from counterseal.documents.estimator import Estimator
    from counterseal.documents.portable.model import PortableModel
    from pipelines.compiling.family import Columns
    from pipelines.fitting.lesson import Lesson
    from pipelines.fitting.search import Found
    from pipelines.study import Study

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """What was fitted: a preparation, pairs of its columns to multiply, an estimator; and all columns as plain data.

    ``search`` is what a search found, if there was one; ``chosen`` is the estimator with the parameters of the fit.
    """

    study: Study
    chosen: Estimator
    prepared: Any
    pairs: list[tuple[int, int]]
    estimator: Any
    columns: Columns
    search: Found | None = None

    def outputs(self, rows: pl.DataFrame) -> Numbers:
        """Return the answers [rows, outputs]: the positive class's probability, each class's, or the value."""
        columns = matrix(self.study, self.prepared, self.pairs, rows)
        with one_thread():
            if self.study.task == "regression":
                return np.asarray(self.estimator.predict(columns), dtype=np.float64)[:, np.newaxis]
            found: Numbers = self.estimator.predict_proba(columns)
        return found[:, 1:] if self.study.task == "binary" else found


def fit(study: Study, fraction: Callable[[float], None] = lambda _: None) -> Fitted:
    """Fit the proposed estimator to the training rows; raise Refused if it cannot be fitted."""
    from pipelines.fitting import search  # noqa: PLC0415 (see above)
    from pipelines.fitting.lesson import Lesson  # noqa: PLC0415

    lesson = Lesson.of(study)
    found = search.search(study, lesson, fraction) if study.spec.search else None
    return replace(learn(study, lesson, found.chosen if found else study.spec.estimator), search=found)


def learn(study: Study, lesson: Lesson, chosen: Estimator) -> Fitted:
    """Fit an estimator to rows; raise Refused if it cannot be fitted."""
    from pipelines.compiling import columns, family  # noqa: PLC0415
    from pipelines.fitting import assembly, preparation  # noqa: PLC0415

    for part in assembly.parts(chosen, lesson.folds):
        lesson.only(part).require_classes(study, "the rows that a calibrated estimator learns from, and of each fold")
    with one_thread():
        prepared = preparation.fit(study, lesson.frame, lesson.targets)
        simple = columns.columns(study, prepared)
        pairs = columns.pairs(study, simple)
        estimator = assembly.build(chosen, assembly.setting(study, simple, len(pairs), lesson.folds))
        _fit(study, estimator, matrix(study, prepared, pairs, lesson.frame), lesson.targets)
        every = (*simple, *columns.products(simple, pairs))
        family.settle(estimator, every)
    return Fitted(study, chosen, prepared, pairs, estimator, every)


def compiled(fitted: Fitted) -> PortableModel:
    """Turn what was fitted into plain data."""
    from pipelines.compiling import model  # noqa: PLC0415

    return model.compiled(fitted)


def matrix(study: Study, prepared: Any, pairs: list[tuple[int, int]], rows: pl.DataFrame) -> Numbers:  # noqa: ANN401
    """Return the columns that an estimator sees [rows, columns]."""
    from pipelines.fitting import preparation  # noqa: PLC0415

    simple: Numbers = np.asarray(prepared.transform(preparation.cells(study, rows)), dtype=np.float64)
    return np.column_stack([simple, *(simple[:, i] * simple[:, j] for i, j in pairs)]) if pairs else simple


def one_thread() -> Any:  # noqa: ANN401 (the library has no types)
    """Return a context in which numbers are added up in one thread, so in one order."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # noqa: PLC0415

    return threadpool_limits(limits=1)


def _fit(study: Study, estimator: Any, columns: Numbers, targets: Any) -> None:  # noqa: ANN401
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    where = places.spec(study.model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            estimator.fit(columns, targets)
    except ConvergenceWarning as warning:
        mend = "raise max_iter or tol, penalise more, or scale the numbers"
        raise refuse("NOT_CONVERGED", where, "a fit that converges", "one that did not", mend) from warning
    except ValueError as error:
        why = str(error).partition("\n")[0][:200] if study.dataset.public else "a reason that may quote the data"
        raise refuse("NOT_FITTED", where, "parameters and rows that go together", why) from error
