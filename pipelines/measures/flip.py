"""Whether a decision depends on the sensitive attribute itself: the counterfactual flip.

Each held-out row (at most ``ROWS`` of them) is asked again with the attribute at each other group's value, all else as
it is: a category at each other listed value, a number at the middle of each other group (the median of that group's
held-out rows; without one, of its bounds). The share of rows whose decision changes for some value stands; of a
regression, the mean of the largest change. It says nothing of features that go with the attribute: for these, see
``proxies``. Where the attribute is no feature it does not apply.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from counterseal.documents.column import MISSING, CategoryColumn
from pipelines.intervals import UNBOUNDED, mean, share
from pipelines.measures.draws import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterseal.documents.column import Feature
    from counterseal.documents.dataset import DatasetSpec
    from pipelines.measures.answers import Answers, Ask

ROWS = 2_000
METHOD = "share of n whose decision changes with the attribute alone, Wilson's score interval, 95 %"


def measure(
    frame: pl.DataFrame, answers: Answers, ask: Ask, dataset: DatasetSpec, features: Sequence[str]
) -> dict[str, Any]:
    """Measure each sensitive column."""
    chosen = sample("rows flipped", answers.rows, ROWS)
    asked = (frame[chosen], answers.where(chosen), ask)
    found: dict[str, Any] = {}
    for name, column in dataset.sensitive.items():
        applies = name in features
        found[name] = {"applies": applies} | (_flipped(*asked, name, values(frame[name], column)) if applies else {})
    return found


def values(series: pl.Series, column: Feature) -> list[float | str]:
    """Return one value for each group of a column."""
    if isinstance(column, CategoryColumn):
        return list(column.categories)
    labels = pl.Series([column.group_label(value) for value in series.to_list()])
    ends = [column.minimum, *(column.groups or ()), column.maximum]
    middles = [(low + high) / 2 for low, high in pairwise(ends)]
    chosen = []
    for label, middle in zip((name for name in column.group_labels() if name != MISSING), middles, strict=True):
        inside = series.filter(labels == label).median()
        value = float(inside) if isinstance(inside, (int, float)) else middle
        chosen.append(float(round(value)) if column.type == "integer" else value)
    return list(chosen)


def _flipped(
    frame: pl.DataFrame, answers: Answers, ask: Ask, name: str, chosen: Sequence[float | str]
) -> dict[str, Any]:
    changes = []
    for value in chosen:
        scores, decided = ask(frame.with_columns(pl.lit(value).cast(frame[name].dtype).alias(name)))
        apart = np.abs(scores - answers.scores) if answers.task == "regression" else decided != answers.decided
        changes.append(apart)
    largest = np.max(changes, axis=0)
    if answers.task == "regression":
        return {"change": mean(largest, "largest changes with the attribute alone", UNBOUNDED)}
    return {"share": {**share(int(largest.sum()), answers.rows), "method": METHOD}}
