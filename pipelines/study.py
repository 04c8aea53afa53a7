"""A spec, its dataset and the data, read together: each fits the others, or nothing is computed.

The rules, in order:

* the documents hold, and are named as their places say;
* each feature is a described column, known before the outcome, and not the target;
* what is proposed can be fitted and compiled (``proposal``);
* the data has the fingerprint of dataset.yaml, and the bytes fingerprinted are the bytes parsed (``data.material``);
* the data fits dataset.yaml (``data.inspection``, ``table``), and divides into two sides (``split``);
* each feature has a value in some training row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.document import validate
from counterseal.documents.spec import ModelSpec
from counterseal.values import strict_yaml
from counterseal.values.finding import Finding, Refused, refuse
from pipelines import proposal, table
from pipelines.data.findings import refuse_all
from pipelines.data.material import Data, content
from pipelines.split import Sides, divide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.spec import ModelSpecSpec
    from pipelines.data.material import Material
    from pipelines.table import Table


@dataclass(frozen=True)
class Side:
    """The rows on one side of the split, all described columns."""

    frame: pl.DataFrame
    target: pl.Series

    @property
    def positive(self) -> pl.Series:
        """For each row whether it is of the positive class, where there are two."""
        return table.positive(self.target)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.frame.height

    def where(self, chosen: NDArray[np.bool_]) -> Side:
        """Return some of the rows."""
        return Side(self.frame.filter(chosen), self.target.filter(pl.Series(chosen)))

    def labels(self) -> list[bool]:
        """Return for each row whether it is of the positive class."""
        return [bool(label) for label in self.positive.to_list()]


@dataclass(frozen=True)
class Study:
    """What a model is made from."""

    model: str
    spec: ModelSpecSpec
    dataset: DatasetSpec
    table: Table
    sides: Sides

    @property
    def task(self) -> str:
        """What is asked of the model: binary, multiclass or regression."""
        return self.dataset.target.task

    @property
    def training(self) -> Side:
        """The rows that are learned from."""
        return self._side(holdout=False)

    @property
    def holdout(self) -> Side:
        """The rows that are measured on."""
        return self._side(holdout=True)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of the classes in the model's order: of two, the positive one last; of a number, none."""
        return self.dataset.target.labels

    def features(self, *kinds: str) -> tuple[str, ...]:
        """Return the features of these types of column, in the spec's order; all of them if none is given."""
        return tuple(name for name in self.spec.features if not kinds or self.dataset.columns[name].type in kinds)

    def paths(self) -> dict[str, str]:
        """Return where the materials of a study lie: artifact → path."""
        at = {"spec": places.spec(self.model), "dataset": places.dataset(self.spec.dataset)}
        return at | {"data": places.dataset(self.spec.dataset, self.dataset.file)}

    def _side(self, *, holdout: bool) -> Side:
        chosen = pl.Series(self.sides.holdout) == holdout
        return Side(self.table.frame.filter(chosen), self.table.target.filter(chosen))


def read(materials: Mapping[str, Material], model: str, watch: Callable[[float], object] = lambda _: None) -> Study:
    """Read the materials spec, dataset and data together; raise Refused for whatever does not fit.

    ``watch`` is told which share of the data was read. The last study is kept: three steps in a row read the same.
    """
    spec, dataset, data = (materials[name] for name in ("spec", "dataset", "data"))
    key = (content(spec), content(dataset), data if isinstance(data, Data) else Data.of(data), model)
    if key not in _last:
        _last.clear()
        _last[key] = _read(*key, watch)
    return _last[key]


_last: dict[tuple[bytes, bytes, Data, str], Study] = {}


def _read(spec_bytes: bytes, dataset_bytes: bytes, data: Data, model: str, watch: Callable[[float], object]) -> Study:
    source = strict_yaml.load(spec_bytes, places.spec(model))
    spec = validate(ModelSpec, source)
    at = places.dataset(spec.spec.dataset)
    dataset = Dataset.read(dataset_bytes, at)
    if findings := (*_names(spec, dataset, model, at), *_proposal(spec.spec, dataset.spec, source)):
        raise Refused(*findings)
    where = places.dataset(spec.spec.dataset, dataset.spec.file)
    _check_fingerprint(data, dataset.spec, at)
    made = table.read(data, dataset.spec, where, watch)
    found = Study(model, spec.spec, dataset.spec, made, divide(made, dataset.spec, where))
    refuse_all(_empty_features(found, where))
    return found


def _names(spec: ModelSpec, dataset: Dataset, model: str, at: str) -> Iterator[Finding]:
    if spec.metadata.name != model:
        yield Finding("NAME_MISMATCH", places.spec(model), f"metadata.name {model}", spec.metadata.name)
    if dataset.metadata.name != spec.spec.dataset:
        yield Finding("NAME_MISMATCH", at, f"metadata.name {spec.spec.dataset}", dataset.metadata.name)


def _proposal(spec: ModelSpecSpec, dataset: DatasetSpec, source: strict_yaml.Source) -> Iterator[Finding]:
    for place, name in enumerate(spec.features):
        where = source.at(("spec", "features", place))
        if problem := _misfit(name, dataset):
            yield Finding(problem[0], where, *problem[1:])
    if found := tuple(proposal.findings(spec, source)):
        yield from found
    else:
        yield from proposal.misfits(spec, dataset, source)


def _misfit(name: str, dataset: DatasetSpec) -> tuple[str, str, str, str] | None:
    if name == dataset.target.column:
        return "TARGET_AS_FEATURE", "features that are known before the outcome", f"{name}, the target", "remove it"
    if name in dataset.dropped:
        found = f"{name}, which is dropped: {dataset.dropped[name][:120]}"
        return "COLUMN_UNKNOWN", "a column that dataset.yaml describes", found, "remove it"
    if name not in dataset.columns:
        known = ", ".join(dataset.columns)
        return "COLUMN_UNKNOWN", "a column that dataset.yaml describes", name, f"described are: {known[:400]}"
    column = dataset.columns[name]
    if column.known == "after":
        found = f"{name}, written down after it"
        return "COLUMN_AFTER_OUTCOME", "features that are known before the outcome", found, "remove it"
    if name not in dataset.readable:
        return "COLUMN_TYPE", "a number or a category as feature", f"{name}, of type {column.type}", "remove it"
    return None


def _check_fingerprint(data: Data, dataset: DatasetSpec, where: str) -> None:
    if data.digest != dataset.fingerprint:
        mend = "restore the data; or, if the change is meant, describe it and put the new fingerprint into dataset.yaml"
        raise refuse("FINGERPRINT_MISMATCH", where, f"data with the SHA-256 {dataset.fingerprint}", data.digest, mend)


def _empty_features(study: Study, where: str) -> Iterator[Finding]:
    frame = study.training.frame
    for name in study.spec.features:
        if frame[name].null_count() == frame.height:
            expected = f"a value of {name} in some training row"
            yield Finding("FEATURE_EMPTY", where, expected, "none", "leave the feature out")
