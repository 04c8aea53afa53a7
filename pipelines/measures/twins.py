"""Held-out rows that training knew already: the same in every feature, or nearly so.

* ``exact``: every feature is the same as in some training row, whatever the outcome. The split puts rows that are the
  same in all described columns on one side; they may still be the same in those that the model reads.
* ``near``: categories are the same, numbers when rounded to ``STEP`` of a standard deviation of the training rows.
* ``without`` is the quality on the held-out rows that have no exact twin: what repetition flatters shows here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.intervals import share
from pipelines.measures import quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipelines.measures.answers import Answers

STEP = 0.1
FEWEST = 50


def measure(training: pl.DataFrame, holdout: pl.DataFrame, names: Sequence[str], answers: Answers) -> dict[str, Any]:
    """Look for the held-out rows' twins by the features named."""
    learned, asked = training.select(names), holdout.select(names)
    exact = known(learned, asked)
    near = known(*_rounded(learned, asked))
    found: dict[str, Any] = {"exact": share(int(exact.sum()), exact.size), "near": share(int(near.sum()), near.size)}
    if exact.any() and exact.size - int(exact.sum()) >= FEWEST:
        found["without"] = quality.measure(answers.where(~exact))
    return found


def known(learned: pl.DataFrame, asked: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which of the rows asked about are among those learned from; missing is the same as missing."""
    marked = learned.unique().with_columns(pl.lit(value=True).alias("is known"))
    joined = asked.join(marked, on=learned.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined["is known"].fill_null(value=False).to_numpy()


def _rounded(learned: pl.DataFrame, asked: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    numbers = [name for name, kind in learned.schema.items() if kind.is_numeric()]
    spread = {name: learned[name].cast(pl.Float64).std() or 1.0 for name in numbers}
    steps = [(pl.col(name) / (STEP * spread[name])).round().alias(name) for name in numbers]
    return learned.with_columns(steps), asked.with_columns(steps)
