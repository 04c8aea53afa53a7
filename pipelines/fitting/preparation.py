"""Preparing features: a scikit-learn transformer made as the spec says, and fitted to the training rows.

* Features that are prepared the same way share a transformer; the ways stand in the order in which the spec meets them.
* Numbers are imputed, then put into bins by their quantiles, an indicator for each, or scaled.
* Categories are imputed, then encoded. Those of dataset.yaml count, not those that happened to occur: ``one_hot`` has
  an indicator for each, ``ordinal`` its place in dataset.yaml's list and -1 for any other, ``native`` its place too,
  for an estimator that sees no order in it, and ``woe`` its weight of evidence.
* What was learned is rounded before an estimator sees it; a cut between bins to ``CUT_DIGITS`` digits, as in the
  baseline, so that it is no record's exact value.
* At most ``MAX_COLUMNS`` columns come out of it.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, StandardScaler

from counterseal.documents import places
from counterseal.documents.preprocessing import Categorical, Numeric
from counterseal.values.finding import refuse
from pipelines.digits import rounded
from pipelines.fitting.woe import WeightOfEvidence

if TYPE_CHECKING:
    from pipelines.study import Study

    Way = Numeric | Categorical

MISSING = ""  # no category is empty, so a missing one can be spelled so
MAX_COLUMNS = 4000
CUT_DIGITS = 3
_BINS = "Bins whose width are too small"


def ways(study: Study) -> dict[Way, list[str]]:
    """Return the ways in which features are prepared, each with its features."""
    found: dict[Way, list[str]] = {}
    for name in study.spec.features:
        found.setdefault(way(study, name), []).append(name)
    return found


def way(study: Study, name: str) -> Way:
    """Return how a feature is prepared."""
    how = study.spec.preprocessing
    return how.of_category(name) if study.dataset.columns[name].type == "category" else how.of_number(name)


def fit(study: Study, rows: pl.DataFrame, targets: Any) -> ColumnTransformer:  # noqa: ANN401
    """Fit the transformer to rows and their targets; raise Refused if too many columns would come out of it."""
    _check_width(study)
    parts = [(str(place), _steps(study, *item), item[1]) for place, item in enumerate(ways(study).items())]
    made = ColumnTransformer(parts, sparse_threshold=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_BINS, category=UserWarning)
        made.fit(cells(study, rows), targets)
    for part in made.named_transformers_.values():
        _settle(part)
    return made


def cells(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the features as scikit-learn takes them: 64-bit floats and texts."""
    numbers = [pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in study.features("integer", "number")]
    return rows.select(*numbers, *(pl.col(name).fill_null(MISSING) for name in study.features("category")))


def _steps(study: Study, how: Way, names: list[str]) -> Pipeline:
    if isinstance(how, Numeric):
        impute = _imputer(how.impute, np.nan)
        return Pipeline([("impute", impute), ("shape", _shape(how))])
    return Pipeline([("impute", _imputer(how.impute, MISSING)), ("encode", _encoder(study, how.encode, names))])


def _imputer(strategy: str, missing: float | str) -> Any:  # noqa: ANN401
    if strategy == "none":
        return "passthrough"
    return SimpleImputer(strategy=strategy, missing_values=missing, keep_empty_features=isinstance(missing, float))


def _shape(how: Numeric) -> Any:  # noqa: ANN401
    if how.bins != "none":
        rule = {"strategy": "quantile", "quantile_method": "averaged_inverted_cdf", "subsample": None}
        return KBinsDiscretizer(how.bins, encode="onehot-dense", **rule)
    return StandardScaler() if how.scale == "standard" else "passthrough"


def _encoder(study: Study, encode: str, names: list[str]) -> Any:  # noqa: ANN401
    if encode == "woe":
        return WeightOfEvidence()
    if encode == "one_hot":
        listed = [sorted(_categories(study, name)) for name in names]
        return OneHotEncoder(categories=listed, handle_unknown="ignore", sparse_output=False)
    listed = [_categories(study, name) for name in names]
    unknown = np.nan if encode == "native" else -1
    return OrdinalEncoder(categories=listed, handle_unknown="use_encoded_value", unknown_value=unknown)


def _categories(study: Study, name: str) -> list[str]:
    column = study.dataset.readable[name]
    return list(column.categories) if column.type == "category" else []


def _settle(part: Pipeline) -> None:
    impute, last = part
    if hasattr(impute, "statistics_"):
        impute.statistics_ = rounded(impute.statistics_)
    if hasattr(last, "mean_"):
        last.mean_, last.scale_ = rounded(last.mean_), rounded(last.scale_)
    if hasattr(last, "bin_edges_"):
        _settle_bins(last)
    if isinstance(last, WeightOfEvidence):
        last.weights_ = [_rounded(known) for known in last.weights_]


def _settle_bins(bins: KBinsDiscretizer) -> None:
    cuts = [np.unique(rounded(edges[1:-1], CUT_DIGITS)) for edges in bins.bin_edges_]
    bins.bin_edges_[:] = [np.array([-np.inf, *found, np.inf]) for found in cuts]
    bins.n_bins_ = np.array([len(found) + 1 for found in cuts])
    bins._encoder.categories = [np.arange(count) for count in bins.n_bins_]  # noqa: SLF001 (there is no public way)
    bins._encoder.fit(np.zeros((1, len(cuts))))  # noqa: SLF001


def _rounded(known: dict[str, float]) -> dict[str, float]:
    return dict(zip(known, rounded(list(known.values())).tolist(), strict=True))


def _check_width(study: Study) -> None:
    widths = {name: _width(study, name) for name in study.spec.features}
    pairs = study.spec.preprocessing.interactions
    total = sum(widths.values()) + sum(widths[one] * widths[other] for one, other in pairs)
    if total > MAX_COLUMNS:
        widest = max(widths, key=widths.__getitem__)
        mend = f"encode {widest} as ordinal or woe, or pool its rare categories; fewer bins or interactions"
        raise refuse("TOO_MANY_COLUMNS", places.spec(study.model), f"at most {MAX_COLUMNS} columns", f"{total}", mend)


def _width(study: Study, name: str) -> int:
    how = way(study, name)
    if isinstance(how, Numeric):
        return 1 if how.bins == "none" else how.bins
    return len(_categories(study, name)) if how.encode == "one_hot" else 1
