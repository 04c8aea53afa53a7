"""Fitting with scikit-learn, and compiling what was fitted to plain data. Only this file imports scikit-learn.

* One BLAS thread, a fixed seed, no random draw: the same materials give the same bytes.
* What was learned is rounded to ``DIGITS`` significant digits, in the fitted pipeline too, so that the last bits, in
  which processors differ, do not reach model.json, and the pipeline and the plain data still agree to 1e-15.
* Categories are those of dataset.yaml, not those that happened to occur; any other has weight 0.
* A fit that did not converge is refused.

scikit-learn is imported when something is fitted: it takes seconds, and documents are read without it.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from counterseal.documents import places
from counterseal.documents.portable.additive import Additive, CategoryTerm, LinearTerm, Score
from counterseal.documents.portable.inputs import CategoryInput, Input, NumberInput
from counterseal.documents.portable.model import FORMAT, PortableModel
from counterseal.values.finding import refuse
from pipelines.estimators import ESTIMATORS
from pipelines.reference import reference

if TYPE_CHECKING:
    from pipelines.study import Study

DIGITS = 10
MISSING = ""  # no category is empty, so a missing one can be spelled so


@dataclass(frozen=True)
class Fitted:
    """A fitted scikit-learn pipeline."""

    study: Study
    pipeline: Any

    def probabilities(self, rows: pl.DataFrame) -> list[float]:
        """Return the probability of the positive class for each row."""
        with _one_thread():
            return [float(pair[1]) for pair in self.pipeline.predict_proba(prepared(self.study, rows))]


def fit(study: Study) -> Fitted:
    """Fit the proposed estimator on the training rows; raise Refused if it does not converge."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 (see above)

    pipeline = _pipeline(study)
    side = study.training
    try:
        with _one_thread(), warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            pipeline.fit(prepared(study, side.frame), side.positive.to_numpy())
    except ConvergenceWarning as warning:
        where, mend = places.spec(study.model), "raise max_iter or tol, lower C, or scale the numbers"
        raise refuse("NOT_CONVERGED", where, "a fit that converges", "one that did not", mend) from warning
    _round(pipeline)
    return Fitted(study, pipeline)


def prepared(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the features as scikit-learn takes them: 64-bit floats and texts."""
    numbers = [pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in study.features("integer", "number")]
    return rows.select(*numbers, *(pl.col(name).fill_null(MISSING) for name in study.features("category")))


def compiled(fitted: Fitted) -> PortableModel:
    """Turn a fitted pipeline into plain data."""
    study = fitted.study
    found: list[LinearTerm | CategoryTerm] = [*_linear_terms(fitted), *_category_terms(fitted)]
    terms = {term.input: term for term in found}
    score = Score(
        intercept=float(fitted.pipeline["estimator"].intercept_[0]),
        terms=tuple(terms[name] for name in study.spec.features),
    )
    inputs = tuple(_input(study, name) for name in study.spec.features)
    return PortableModel(
        format=FORMAT,
        formatVersion=1,
        model=study.model,
        version=study.spec.version,
        task="binary",
        classes=study.classes,
        inputs=inputs,
        reference=reference(inputs, study.training.frame),
        predictor=Additive(kind="additive", scores=(score,), link="logit"),
        threshold=study.spec.threshold,
    )


def _one_thread() -> Any:  # noqa: ANN401 (the library has no types)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # noqa: PLC0415

    return threadpool_limits(limits=1)


def _pipeline(study: Study) -> Any:  # noqa: ANN401
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415

    allowed = ESTIMATORS[study.spec.estimator.name]
    module, _, name = allowed.path.rpartition(".")
    parameters = {**allowed.defaults, "random_state": study.spec.seed, **study.spec.estimator.parameters}
    estimator = getattr(importlib.import_module(module), name)(**parameters)
    parts = [("numbers", _numbers(study), study.features("integer", "number"))]
    parts += [("categories", _categories(study), study.features("category"))]
    columns = ColumnTransformer([(label, steps, list(names)) for label, steps, names in parts if names])
    return Pipeline([("columns", columns), ("estimator", estimator)])


def _numbers(study: Study) -> Any:  # noqa: ANN401
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    how = study.spec.preprocessing.numeric
    impute = "passthrough" if how.impute == "none" else SimpleImputer(strategy=how.impute)
    return Pipeline([("impute", impute), ("scale", StandardScaler() if how.scale == "standard" else "passthrough")])


def _categories(study: Study) -> Any:  # noqa: ANN401
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder  # noqa: PLC0415

    how = study.spec.preprocessing.categorical
    impute = "passthrough" if how.impute == "none" else SimpleImputer(strategy=how.impute, missing_values=MISSING)
    listed = [_listed(study, name) for name in study.features("category")]
    encode = OneHotEncoder(categories=listed, handle_unknown="ignore", sparse_output=False)
    return Pipeline([("impute", impute), ("encode", encode)])


def _listed(study: Study, name: str) -> list[str]:
    column = study.dataset.readable[name]
    return sorted(column.categories) if column.type == "category" else []


def _rounded(values: Any) -> Any:  # noqa: ANN401 (an array of numbers, or of texts)
    return values if values.dtype.kind == "O" else [float(f"{value:.{DIGITS}g}") for value in values]


def _round(pipeline: Any) -> None:  # noqa: ANN401
    estimator = pipeline["estimator"]
    estimator.coef_[0] = _rounded(estimator.coef_[0])
    estimator.intercept_[:] = _rounded(estimator.intercept_)
    for part in pipeline["columns"].named_transformers_.values():
        impute, last = part[0], part[-1]
        if hasattr(impute, "statistics_"):
            impute.statistics_[:] = _rounded(impute.statistics_)
        if hasattr(last, "mean_"):
            last.mean_[:] = _rounded(last.mean_)
            last.scale_[:] = _rounded(last.scale_)


def _linear_terms(fitted: Fitted) -> list[LinearTerm]:
    names = fitted.study.features("integer", "number")
    if not names:
        return []
    part = fitted.pipeline["columns"].named_transformers_["numbers"]
    weights = fitted.pipeline["estimator"].coef_[0][: len(names)]
    ones = [1.0] * len(names)
    centers, scales = getattr(part[1], "mean_", [0.0] * len(names)), getattr(part[1], "scale_", ones)
    imputed = getattr(part[0], "statistics_", ones)
    return [
        LinearTerm(
            kind="linear",
            input=name,
            impute=float(imputed[i]) if fitted.study.dataset.columns[name].nullable else None,
            center=float(centers[i]),
            scale=float(scales[i]),
            weight=float(weights[i]),
        )
        for i, name in enumerate(names)
    ]


def _category_terms(fitted: Fitted) -> list[CategoryTerm]:
    study, terms = fitted.study, []
    at = len(study.features("integer", "number"))
    for i, name in enumerate(study.features("category")):
        listed = _listed(study, name)
        weights = fitted.pipeline["estimator"].coef_[0][at : at + len(listed)]
        imputed = getattr(fitted.pipeline["columns"].named_transformers_["categories"][0], "statistics_", None)
        terms.append(
            CategoryTerm(
                kind="category",
                input=name,
                impute=str(imputed[i]) if study.dataset.columns[name].nullable and imputed is not None else None,
                weights=dict(zip(listed, map(float, weights), strict=True)),
                unseen=0.0,
            )
        )
        at += len(listed)
    return terms


def _input(study: Study, name: str) -> Input:
    column = study.dataset.readable[name]
    if column.type == "category":
        listed = tuple(_listed(study, name))
        return CategoryInput(name=name, type="category", categories=listed, nullable=column.nullable)
    return NumberInput(
        name=name, type=column.type, minimum=column.minimum, maximum=column.maximum, nullable=column.nullable
    )
