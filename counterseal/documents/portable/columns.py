"""Numbers read from inputs; one that is missing is NaN.

* ``number``: a missing value is replaced by ``impute`` if there is one; then (value - center) / scale.
* ``code``: the number listed for the category, ``unseen`` for any other, ``missing`` for none.
* ``bin``: the value's place among rising ``cuts``, counting those that are not above it, gives one of ``values``;
  ``missing`` for none.
* ``product``: one column times another.

Where ``impute``, ``unseen`` or ``missing`` is null, so is the column: NaN. A column is finite for every other row
within the bounds, or the model is refused when it is read.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.documents.portable.inputs import CategoryInput, Finite, NumberInput
from counterseal.values.names import Identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from counterseal.documents.portable.inputs import Inputs, Row
    from counterseal.documents.portable.links import Extent

    Read = Callable[[Row], float]

Positive = Annotated[Finite, Field(gt=0)]
Cuts = Annotated[tuple[Finite, ...], Field(min_length=1, max_length=10_000)]


class NumberColumn(Value):
    """(value - center) / scale."""

    kind: Literal["number"]
    input: Identifier
    impute: Finite | None
    center: Finite
    scale: Positive

    def reading(self) -> Read:
        """Return what reads the number from a row."""
        center, scale = self.center, self.scale
        return number(self.input, self.impute, lambda value: (value - center) / scale)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the column lies."""
        return between(self.reading()({self.input: end}) for end in ends(numeric(inputs, self.input), self.impute))

    def absent(self, inputs: Inputs) -> bool:
        """Say whether the column may be NaN."""
        return self.impute is None and inputs[self.input].nullable


class CodeColumn(Value):
    """The number that stands for a category."""

    kind: Literal["code"]
    input: Identifier
    codes: dict[str, Finite]
    unseen: Finite | None
    missing: Finite | None

    def reading(self) -> Read:
        """Return what reads the number from a row."""
        return listed(self.input, self.codes, nan_if_none(self.unseen), nan_if_none(self.missing))

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the column lies."""
        categorical(inputs, self.input)
        return between([*self.codes.values(), self.unseen, self.missing])

    def absent(self, inputs: Inputs) -> bool:
        """Say whether the column may be NaN."""
        return self.unseen is None or (self.missing is None and inputs[self.input].nullable)


class BinColumn(Value):
    """The number that stands for a range of values."""

    kind: Literal["bin"]
    input: Identifier
    cuts: Cuts
    values: tuple[Finite, ...]
    missing: Finite | None

    @model_validator(mode="after")
    def _one_more(self) -> Self:
        check_cuts(self.cuts, self.values)
        return self

    def reading(self) -> Read:
        """Return what reads the number from a row."""
        return binned(self.input, self.cuts, self.values, nan_if_none(self.missing))

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the column lies."""
        numeric(inputs, self.input)
        return between([*self.values, self.missing])

    def absent(self, inputs: Inputs) -> bool:
        """Say whether the column may be NaN."""
        return self.missing is None and inputs[self.input].nullable


Simple = Annotated[NumberColumn | CodeColumn | BinColumn, Field(discriminator="kind")]


class ProductColumn(Value):
    """One column times another."""

    kind: Literal["product"]
    of: tuple[Simple, Simple]

    def reading(self) -> Read:
        """Return what reads the number from a row."""
        one, other = (column.reading() for column in self.of)
        return lambda row: one(row) * other(row)

    def extent(self, inputs: Inputs) -> Extent:
        """Return between which numbers the column lies."""
        one, other = (column.extent(inputs) for column in self.of)
        return between(a * b for a in one for b in other)

    def absent(self, inputs: Inputs) -> bool:
        """Say whether the column may be NaN."""
        return any(column.absent(inputs) for column in self.of)


Column = Annotated[NumberColumn | CodeColumn | BinColumn | ProductColumn, Field(discriminator="kind")]


def inputs_of(column: Column) -> tuple[str, ...]:
    """Return the inputs that a column is read from, each once."""
    if isinstance(column, ProductColumn):
        return tuple(dict.fromkeys(part.input for part in column.of))
    return (column.input,)


def number(name: str, impute: float | None, made: Callable[[float], float]) -> Read:
    """Return what reads a number, or what is imputed, and makes something of it."""
    missing = math.nan if impute is None else made(impute)

    def read(row: Row) -> float:
        value = row[name]
        return missing if value is None else made(value)  # type: ignore[arg-type] # rows are checked before

    return read


def listed(name: str, numbers: Mapping[str, float], unseen: float, missing: float) -> Read:
    """Return what reads the number listed for a category."""

    def read(row: Row) -> float:
        value = row[name]
        return missing if value is None else numbers.get(value, unseen)  # type: ignore[arg-type] # rows are checked before

    return read


def binned(name: str, cuts: tuple[float, ...], values: tuple[float, ...], missing: float) -> Read:
    """Return what reads the number of the bin that a value lies in."""

    def read(row: Row) -> float:
        value = row[name]
        return missing if value is None else values[bisect_right(cuts, float(value))]

    return read


def numeric(inputs: Inputs, name: str) -> NumberInput:
    """Return a number among the inputs; raise ValueError if there is none of that name."""
    item = inputs.get(name)
    if not isinstance(item, NumberInput):
        msg = f"a number among the inputs; {name!r} is not one"
        raise ValueError(msg)  # noqa: TRY004 (pydantic turns it into a finding)
    return item


def categorical(inputs: Inputs, name: str) -> CategoryInput:
    """Return a category among the inputs; raise ValueError if there is none of that name."""
    item = inputs.get(name)
    if not isinstance(item, CategoryInput):
        msg = f"a category among the inputs; {name!r} is not one"
        raise ValueError(msg)  # noqa: TRY004
    return item


def ends(item: NumberInput, impute: float | None) -> tuple[float, ...]:
    """Return the values between which all of an input's lie, and what is imputed."""
    return (item.minimum, item.maximum) if impute is None else (item.minimum, item.maximum, impute)


def check_cuts(cuts: tuple[float, ...], values: tuple[float, ...]) -> None:
    """Raise ValueError unless cuts rise, and one value more stands for what lies between them."""
    if len(values) != len(cuts) + 1 or any(a >= b for a, b in pairwise(cuts)):
        msg = "cuts that rise, and one value more than there are cuts"
        raise ValueError(msg)


def nan_if_none(value: float | None) -> float:
    """Return a value, or NaN where there is none."""
    return math.nan if value is None else value


def between(values: Iterable[float | None]) -> Extent:
    """Return the least and the largest of the values; raise ValueError if one is not finite."""
    found = [value for value in values if value is not None]
    if not all(map(math.isfinite, found)):
        msg = "columns that are finite for every row within the bounds"
        raise ValueError(msg)
    return (min(found), max(found)) if found else (0.0, 0.0)
