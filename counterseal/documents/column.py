"""One column of a dataset: its type, what it may hold, what it means, whom it concerns.

Six types, each with fields of its own: ``integer`` and ``number`` have bounds, ``category`` lists its values, ``date``
and ``datetime`` may have bounds in ISO 8601, ``text`` may have a pattern. Only the first three can be
features, and have groups.

``groups`` makes a column sensitive: cut points for numbers (``[26, 60]`` → under 26, 26 to 59, 60 and over); an empty
list for a category, whose values are the groups. ``personal`` masks its values even where the dataset is public.
``known: after`` says that it is written down after the outcome, so that no model may use it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator
from pydantic_core import SchemaError

from counterseal.documents.document import Value
from counterseal.values import day
from counterseal.values.day import Day, Moment
from counterseal.values.names import Text

MISSING = "missing"

Category = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _compiles(pattern: str) -> str:
    try:  # pydantic matches by Rust's regex, as polars does
        TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError as error:
        msg = f"a regular expression of Rust's regex: {str(error).rpartition('error: ')[2] or 'one that compiles'}"
        raise ValueError(msg) from error
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_compiles)]


class _Described(Value):
    """What every column says."""

    type: str
    meaning: Text
    nullable: bool = False
    personal: bool = False
    known: Literal["before", "after"] = "before"
    groups: tuple[float, ...] | None = None

    @property
    def sensitive(self) -> bool:
        """Whether outcomes are compared between this column's groups."""
        return self.groups is not None


class NumberColumn(_Described):
    """A number within bounds, both inclusive."""

    type: Literal["integer", "number"]
    unit: Text | None = None
    minimum: float
    maximum: float
    groups: Annotated[tuple[float, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            msg = "a minimum and a maximum, in that order"
            raise ValueError(msg)
        if self.groups and list(self.groups) != sorted(set(self.groups)):
            msg = "cut points in rising order"
            raise ValueError(msg)
        return self

    def group_labels(self) -> tuple[str, ...]:
        """Return what the groups of a sensitive column are called, in order; missing is the last."""
        cuts = self.groups or ()
        until = [f"{cut - 1:g}" if self.type == "integer" else f"under {cut:g}" for cut in cuts[1:]]
        between = [f"{low:g} to {high}" for low, high in zip(cuts, until, strict=False)]
        return (*(f"under {cut:g}" for cut in cuts[:1]), *between, *(f"{cut:g} and over" for cut in cuts[-1:]), MISSING)

    def group_label(self, value: float | None) -> str:
        """Return what the group of a value is called."""
        return MISSING if value is None else self.group_labels()[bisect_right(self.groups or (), value)]


class CategoryColumn(_Described):
    """One of the values listed, each with what it means."""

    type: Literal["category"]
    categories: Annotated[dict[Category, Text], Field(min_length=1)]
    groups: tuple[()] | None = None

    def group_labels(self) -> tuple[str, ...]:
        """Return what the groups of a sensitive column are called, in order; missing is the last."""
        return (*self.categories.values(), MISSING)

    def group_label(self, value: str | None) -> str:
        """Return what the group of a value is called."""
        return MISSING if value is None else self.categories.get(value, value)


class _Timed(_Described):
    groups: None = None
    minimum: str | None = None
    maximum: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = [day.order(end) for end in (self.minimum, self.maximum) if end is not None]
        if len({utc for utc, _ in ends}) > 1 or ends != sorted(ends):
            msg = "a minimum and a maximum, in that order, both in UTC or neither"
            raise ValueError(msg)
        return self


class DateColumn(_Timed):
    """A day, as ISO 8601 spells it."""

    type: Literal["date"]
    minimum: Day | None = None
    maximum: Day | None = None


class DatetimeColumn(_Timed):
    """A moment, as ISO 8601 spells it, in UTC or in a time zone nobody names."""

    type: Literal["datetime"]
    minimum: Moment | None = None
    maximum: Moment | None = None


class TextColumn(_Described):
    """Any text; with a pattern, one that it matches whole."""

    type: Literal["text"]
    groups: None = None
    pattern: Pattern | None = None


Feature: TypeAlias = NumberColumn | CategoryColumn
Column = Annotated[
    NumberColumn | CategoryColumn | DateColumn | DatetimeColumn | TextColumn, Field(discriminator="type")
]
