"""How easily answers tip, and what happens at the edges of what a model may be asked.

* At most ``ROWS`` of the held-out rows are asked again.
* Margins (``margins``): exact where geometry tells them, else searched. A row is fragile if its margin is at most
  ``FRAGILE``. A regression has no decision, and no margin.
* ``noise``: every number moved at once by a draw of ``NOISE`` standard deviations, within bounds, integers whole: the
  share of decisions that change; of a regression, the mean change, in standard deviations of the outcome.
* ``missing``: each feature that may be missing, taken away: the same share.
* ``out_of_range``: a row with each number beyond each of its bounds, each category one that nobody listed, each feature
  left out, and one that nobody asked for: how many of them the model refuses before it computes anything.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from counterseal.documents.portable.inputs import NumberInput
from pipelines.intervals import Estimate, estimate, mean, quantile, share
from pipelines.measures import margins
from pipelines.measures.draws import normal, sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from counterseal.documents.portable.model import PortableModel
    from pipelines.measures.answers import Answers, Ask
    from pipelines.measures.margins import Spread

FRAGILE = 0.1
NOISE = 0.1
ROWS = 2_000
MOVED = f"numbers moved by draws of {NOISE:g} standard deviations; a number has no margin"
FLIPS = "share of n decided otherwise, Wilson's score interval, 95 %"


def measure(
    model: PortableModel, answers: Answers, ask: Ask, training: pl.DataFrame, holdout: pl.DataFrame
) -> dict[str, Any]:
    """Measure the held-out rows, whose answers are given."""
    chosen = sample("rows asked again", answers.rows, ROWS)
    answers, holdout = answers.where(chosen), holdout[chosen]
    spread = margins.Spread.of(model, training)
    nullable = [item.name for item in model.inputs if item.nullable]
    empty = {name: holdout.with_columns(pl.lit(None, holdout[name].dtype).alias(name)) for name in nullable}
    found: dict[str, Any] = {
        "noise": changed(answers, ask, _noisy(holdout, spread)),
        "missing": {name: changed(answers, ask, frame) for name, frame in empty.items()},
        "out_of_range": out_of_range(model, holdout.row(0, named=True)),
    }
    if answers.task == "regression":
        return {"method": MOVED, **found}
    return _margins(model, answers, ask, spread, holdout) | found


def changed(answers: Answers, ask: Ask, frame: pl.DataFrame) -> Estimate:
    """Estimate how many decisions are others on the rows of another frame, or how far a value moves."""
    scores, decided = ask(frame)
    if answers.task == "regression":
        moved = np.abs(scores - answers.scores) / (answers.truth.std() or 1.0)
        return mean(moved, "changes in standard deviations of the outcome", (0.0, math.inf))
    return {**share(int((decided != answers.decided).sum()), answers.rows), "method": FLIPS}


def out_of_range(model: PortableModel, row: Mapping[str, Any]) -> dict[str, int]:
    """Count rows that nobody should answer, and those that the model refuses."""
    names = {item.name for item in model.inputs}
    asked = list(_beyond(model, {name: value for name, value in row.items() if name in names}))
    return {"tried": len(asked), "refused": sum(bool(model.check(odd)) for odd in asked)}


def median(values: NDArray[np.float64]) -> Estimate:
    """Estimate a median by the order statistics around it, by the normal approximation of the binomial."""
    ordered, n = np.sort(values), values.size
    reach = quantile() * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - reach)), min(n - 1, math.ceil(n / 2 + reach))
    return estimate(float(np.median(values)), (ordered[low], ordered[high]), n, "median of n, order statistics, 95 %")


def _margins(model: PortableModel, answers: Answers, ask: Ask, spread: Spread, holdout: pl.DataFrame) -> dict[str, Any]:
    sums, how = margins.linear(model.predictor), margins.SEARCHED
    if sums is None:
        found = margins.searched(holdout, answers, ask, spread)
    else:
        found, how = margins.exact(sums, model.threshold, answers, spread), margins.EXACT
    return {
        "method": f"{how}; fragile up to {FRAGILE:g}",
        "exact": sums is not None,
        "n": found.size,
        "median_margin": median(found),
        "fragile_share": share(int((found <= FRAGILE).sum()), found.size),
    }


def _noisy(frame: pl.DataFrame, spread: Spread) -> pl.DataFrame:
    draws = normal("noise", frame.height * len(spread.inputs)).reshape(frame.height, len(spread.inputs))
    return spread.moved(frame, NOISE * draws)


def _beyond(model: PortableModel, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {**row, "a feature nobody asked for": 0}
    for item in model.inputs:
        yield {name: value for name, value in row.items() if name != item.name}
        if isinstance(item, NumberInput):
            yield from ({**row, item.name: value} for value in (item.minimum - 1, item.maximum + 1, math.nan, "1"))
        else:
            yield from ({**row, item.name: value} for value in ("a category nobody listed", 0))
