"""What a model learns from: schema and meaning of each column, licence, fingerprint, split, what is sensitive."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from counterseal.documents.document import Document, Value
from counterseal.values.digest import Sha256
from counterseal.values.names import Identifier, RelativePath, Text

MISSING = "missing"

Category = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Column(Value):
    """One column: its type, its bounds, what it means.

    ``groups`` makes a column sensitive: cut points for numbers (``[26, 60]`` → under 26, 26 to 59, 60 and over);
    an empty list for a category, whose values are the groups.
    """

    type: Literal["integer", "number", "category"]
    meaning: Text
    unit: Text | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: dict[Category, Text] | None = None
    nullable: bool = False
    groups: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if (self.type == "category") != (self.categories is not None):
            msg = "categories for a category, and for nothing else"
            raise ValueError(msg)
        bounds = (self.minimum, self.maximum)
        if self.type != "category" and (None in bounds or self.minimum > self.maximum):  # type: ignore[operator]
            msg = "a minimum and a maximum, in that order, for a number"
            raise ValueError(msg)
        if self.type == "category" and bounds != (None, None):
            msg = "a minimum and a maximum for a number, and for nothing else"
            raise ValueError(msg)
        if self.groups is not None and (self.type == "category") == bool(self.groups):
            msg = "cut points as groups of a number, an empty list as groups of a category"
            raise ValueError(msg)
        if self.groups and list(self.groups) != sorted(set(self.groups)):
            msg = "cut points in rising order"
            raise ValueError(msg)
        return self

    @property
    def sensitive(self) -> bool:
        """Whether outcomes are compared between this column's groups."""
        return self.groups is not None

    def group_labels(self) -> tuple[str, ...]:
        """Return what the groups of a sensitive column are called, in order; missing is the last."""
        if self.type == "category":
            return (*(self.categories or {}).values(), MISSING)
        cuts = self.groups or ()
        until = [f"{cut - 1:g}" if self.type == "integer" else f"under {cut:g}" for cut in cuts[1:]]
        between = [f"{low:g} to {high}" for low, high in zip(cuts, until, strict=False)]
        return (*(f"under {cut:g}" for cut in cuts[:1]), *between, *(f"{cut:g} and over" for cut in cuts[-1:]), MISSING)

    def group_label(self, value: float | str | None) -> str:
        """Return what the group of a value is called."""
        if value is None:
            return MISSING
        if isinstance(value, str):
            return (self.categories or {}).get(value, value)
        return self.group_labels()[bisect_right(self.groups or (), value)]


class TargetClass(Value):
    """A class as the data spells it, and as people say it."""

    value: Category
    label: Category


class Target(Value):
    """The column to predict; ``positive`` is the class whose probability the model gives."""

    column: Identifier
    meaning: Text
    positive: TargetClass
    negative: TargetClass

    @model_validator(mode="after")
    def _two_classes(self) -> Self:
        if self.positive.value == self.negative.value or self.positive.label == self.negative.label:
            msg = "two classes that differ in value and in label"
            raise ValueError(msg)
        return self


class Source(Value):
    """Where the data came from and under which licence."""

    title: Text
    licence: Text
    attribution: Text
    reference: Text


class Split(Value):
    """How rows are divided: by a hash of the row's content, so that one new row moves one row."""

    method: Literal["hash"] = "hash"
    holdout: Annotated[float, Field(gt=0.05, lt=0.6)] = 0.3
    salt: Text = "1"


class DatasetSpec(Value):
    """The description of a dataset."""

    title: Text
    source: Source
    public: bool
    file: RelativePath
    format: Literal["csv"]
    fingerprint: Sha256
    missing: tuple[str, ...] = ("",)
    target: Target
    split: Split = Split()
    columns: Annotated[dict[Identifier, Column], Field(min_length=1)]
    dropped: dict[Identifier, Text] = {}

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        named = [*self.columns, *self.dropped, self.target.column]
        if len(set(named)) != len(named):
            msg = "each column once among columns, dropped and target"
            raise ValueError(msg)
        return self


class Dataset(Document):
    """datasets/<name>/dataset.yaml."""

    KIND: ClassVar[str] = "Dataset"
    kind: Literal["Dataset"]
    spec: DatasetSpec
