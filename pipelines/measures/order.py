"""Whether the split lets training see what it could not have seen: other rows of the same case, or the future.

* ``shared``: for each column that may name a case (a text, a column of ``key`` or of the split's ``key``, but none that
  names one row alone), the share of held-out rows whose value training has, too.
* ``future``: for each date, the share of held-out rows that are not later than every training row. Where the split goes
  by time it is 0; elsewhere the model is measured with hindsight.
* ``after``: the columns that dataset.yaml says are known only after the outcome; no model may read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.intervals import Estimate, share

if TYPE_CHECKING:
    import polars as pl

    from counterseal.documents.dataset import DatasetSpec


def measure(training: pl.DataFrame, holdout: pl.DataFrame, dataset: DatasetSpec) -> dict[str, Any]:
    """Compare the two sides."""
    timed = [name for name, column in dataset.columns.items() if column.type in ("date", "datetime")]
    return {
        "shared": {name: _shared(training[name], holdout[name]) for name in _cases(training, dataset)},
        "future": {name: _future(training[name], holdout[name]) for name in timed},
        "after": [name for name, column in dataset.columns.items() if column.known == "after"],
    }


def _cases(training: pl.DataFrame, dataset: DatasetSpec) -> list[str]:
    texts = [name for name, column in dataset.columns.items() if column.type == "text"]
    named = dict.fromkeys([*texts, *dataset.key, *dataset.split.key])
    return [name for name in named if (name,) != dataset.key and name in training.columns]


def _shared(training: pl.Series, holdout: pl.Series) -> Estimate:
    return share(int(holdout.is_in(training.drop_nulls().unique().implode()).sum()), holdout.len())


def _future(training: pl.Series, holdout: pl.Series) -> Estimate:
    last = training.max()
    return share(int((holdout <= last).sum()) if last is not None else 0, holdout.len() - holdout.null_count())
