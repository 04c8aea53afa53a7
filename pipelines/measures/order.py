"""Whether the split lets training see what it could not have seen: other rows of the same case, or the future.

* ``shared``: for whatever may name a case, the share of held-out rows whose case training has, too. That is each text;
  of a ``key`` of several columns the one with the most values, as the customer in (customer, month); and the columns
  of the split's ``key`` together. A column that names one row alone names no case.
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
        "shared": {", ".join(case): _shared(training, holdout, case) for case in _cases(training, dataset)},
        "future": {name: _future(training[name], holdout[name]) for name in timed},
        "after": [name for name, column in dataset.columns.items() if column.known == "after"],
    }


def _cases(training: pl.DataFrame, dataset: DatasetSpec) -> list[tuple[str, ...]]:
    texts = [(name,) for name, column in dataset.columns.items() if column.type == "text"]
    several = [max(dataset.key, key=lambda name: training[name].n_unique())] if len(dataset.key) > 1 else []
    named = dict.fromkeys([*texts, *((name,) for name in several), dataset.split.key])
    return [case for case in named if case and case != dataset.key]


def _shared(training: pl.DataFrame, holdout: pl.DataFrame, case: tuple[str, ...]) -> Estimate:
    learned, asked = (side.select(case).drop_nulls() for side in (training, holdout))
    return share(asked.join(learned.unique(), on=case, how="semi").height, holdout.height)


def _future(training: pl.Series, holdout: pl.Series) -> Estimate:
    last = training.max()
    return share(int((holdout <= last).sum()) if last is not None else 0, holdout.len() - holdout.null_count())
