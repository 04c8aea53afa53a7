"""What a model may be asked: its inputs, each with the values that it has something to say about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.values.names import Identifier, Text

Cell = float | int | str | None
Row = Mapping[str, Cell]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class NumberInput(Value):
    """A number, with the bounds outside of which the model has nothing to say; ``says`` is its reason in words."""

    name: Identifier
    type: Literal["integer", "number"]
    minimum: Finite
    maximum: Finite
    nullable: bool
    says: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            msg = "a minimum and a maximum, in that order"
            raise ValueError(msg)
        return self


class CategoryInput(Value):
    """One of a list of texts."""

    name: Identifier
    type: Literal["category"]
    categories: Annotated[tuple[str, ...], Field(min_length=1)]
    nullable: bool
    says: Text | None = None

    @cached_property
    def listed(self) -> frozenset[str]:
        """The categories as a set."""
        return frozenset(self.categories)


Input = Annotated[NumberInput | CategoryInput, Field(discriminator="type")]
Inputs = Mapping[str, NumberInput | CategoryInput]
