"""What a model learns from: schema and meaning of each column, licence, fingerprint, split, what is sensitive.

The rules between fields, in order:

* each column is named once, among ``columns``, ``dropped`` and the target;
* what rows are known by (``key``) or divided by (``split``) is a described column that is never missing;
* a temporal split goes by a column of the type that ``since`` has; a stratified one of a number has ``edges``, and
  only such a one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.column import CategoryColumn, Column, DateColumn, DatetimeColumn, NumberColumn
from counterseal.documents.document import Document, Value
from counterseal.documents.split import HashSplit, Key, Split, StratifiedSplit, TemporalSplit
from counterseal.documents.target import Target
from counterseal.values import day
from counterseal.values.digest import Sha256
from counterseal.values.names import Identifier, RelativePath, Text

if TYPE_CHECKING:
    from counterseal.documents.column import Feature


class Source(Value):
    """Where the data came from and under which licence."""

    title: Text
    licence: Text
    attribution: Text
    reference: Text


class DatasetSpec(Value):
    """The description of a dataset."""

    title: Text
    source: Source
    public: bool
    file: RelativePath
    format: Literal["csv", "parquet"]
    fingerprint: Sha256
    missing: tuple[str, ...] = ("",)
    key: Key = ()
    target: Target
    split: Split = HashSplit()
    columns: Annotated[dict[Identifier, Column], Field(min_length=1)]
    dropped: dict[Identifier, Text] = {}

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        named = [*self.columns, *self.dropped, self.target.column]
        if len(set(named)) != len(named):
            msg = "each column once among columns, dropped and target"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _never_missing(self) -> Self:
        by = [self.split.column] if isinstance(self.split, TemporalSplit) else []
        for name in (*self.key, *self.split.key, *by):
            if name not in self.columns or self.columns[name].nullable:
                msg = f"as key, and to split by, columns that are described and not nullable; {name} is not"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _fits_split(self) -> Self:
        if isinstance(self.split, TemporalSplit):
            _in_time(self.split, self.columns[self.split.column])
        edges = self.split.edges if isinstance(self.split, StratifiedSplit) else None
        needed = isinstance(self.split, StratifiedSplit) and self.target.task == "regression"
        if needed != (edges is not None):
            msg = "edges for a stratified split of a number, and for nothing else"
            raise ValueError(msg)
        return self

    @property
    def sensitive(self) -> dict[str, Feature]:
        """The columns between whose groups outcomes are compared."""
        return {name: item for name, item in self.readable.items() if item.sensitive}

    @property
    def readable(self) -> dict[str, Feature]:
        """The columns of a type that a model can read."""
        kinds = (NumberColumn, CategoryColumn)
        return {name: item for name, item in self.columns.items() if isinstance(item, kinds)}


def _in_time(split: TemporalSplit, column: Column) -> None:
    kind = "date" if len(split.since) == len("2013-01-31") else "datetime"
    if column.type != kind:
        msg = f"a split since {split.since} by a column of type {kind}; {split.column} is of type {column.type}"
        raise ValueError(msg)
    if isinstance(column, (DateColumn, DatetimeColumn)):
        utc = {day.order(text)[0] for text in (column.minimum, column.maximum, split.since) if text is not None}
        if len(utc) > 1:
            msg = f"{split.column}'s bounds and since all in UTC or none"
            raise ValueError(msg)


class Dataset(Document):
    """datasets/<name>/dataset.yaml."""

    KIND: ClassVar[str] = "Dataset"
    kind: Literal["Dataset"]
    spec: DatasetSpec
