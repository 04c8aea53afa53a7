"""A data file as typed values: the described columns, and the outcome as its task has it.

Nothing that does not fit its description gets this far (``data.inspection``). Then, by task:

* binary: whether a row is of the positive class; both classes occur;
* multiclass: the place of a row's class among the target's classes; each of them occurs;
* regression: the number; it is not the same in every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from counterseal.values.finding import Finding
from pipelines.data.findings import refuse_all
from pipelines.data.inspection import inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.target import Target
    from pipelines.data.inspection import Inspection
    from pipelines.data.material import Data


@dataclass(frozen=True)
class Table:
    """The described columns in the order of dataset.yaml, each row's outcome, and what the inspection counted."""

    frame: pl.DataFrame
    target: pl.Series
    inspection: Inspection

    @property
    def positive(self) -> pl.Series:
        """For each row whether it is of the positive class, where there are two."""
        return positive(self.target)


def read(data: Data, dataset: DatasetSpec, where: str, watch: Callable[[float], object] = lambda _: None) -> Table:
    """Read a data file whole; raise Refused for whatever does not fit its description."""
    pieces: list[pl.DataFrame] = []
    found = inspect(data, dataset, where, pieces.append, watch)
    found.require(where)
    whole = pl.concat(pieces, rechunk=True)
    target = outcome(whole[dataset.target.column], dataset.target)
    refuse_all(_one_outcome(target, dataset.target, where))
    return Table(whole.select(list(dataset.columns)), target, found)


def outcome(values: pl.Series, target: Target) -> pl.Series:
    """Return outcomes as a model learns them: whether positive, a class's place, or a number."""
    if target.task == "regression":
        return values
    classes = [item.value for item in target.classes]
    if target.task == "binary":
        return values == classes[-1]
    return values.replace_strict(classes, list(range(len(classes))), return_dtype=pl.Int64)


def positive(target: pl.Series) -> pl.Series:
    """Return outcomes that say whether they are positive; of others none is."""
    if target.dtype != pl.Boolean:
        msg = "only one of two classes is positive"
        raise TypeError(msg)
    return target


def _one_outcome(found: pl.Series, target: Target, where: str) -> Iterator[Finding]:
    if target.task == "regression":
        if found.n_unique() == 1:
            expected = f"different values of {target.column}, the target"
            yield Finding("CONSTANT_TARGET", where, expected, "the same in every row", _NOTHING_TO_LEARN)
        return
    there = set(found.unique().to_list())
    absent = [item.label for place, item in enumerate(target.classes) if place not in there]
    if len(absent) == len(target.classes) - 1:
        only = next(item.label for item in target.classes if item.label not in absent)
        expected = f"rows of {'both' if target.task == 'binary' else 'all'} classes of {target.column}, the target"
        yield Finding("ONE_CLASS", where, expected, f"{only!r} in every row", _NOTHING_TO_LEARN)
    elif absent:
        mend = "collect rows of it, or take the class out of dataset.yaml"
        yield Finding("CLASS_ABSENT", where, "rows of each class", f"none of {', '.join(absent)[:200]}", mend)


_NOTHING_TO_LEARN = "there is nothing to learn here; is this the right file, and the right target?"
