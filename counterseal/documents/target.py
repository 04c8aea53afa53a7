"""The column to predict, by task: two classes, three or more, or a number.

``labels`` are the classes as people say them, in the order in which a model gives their probabilities: of two, the
positive one last; of a number, none.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from counterseal.documents.column import Category
from counterseal.documents.document import Value
from counterseal.values.names import Identifier, Text

Label = Annotated[Text, StringConstraints(max_length=200)]


class TargetClass(Value):
    """A class as the data spells it, and as people say it."""

    value: Category
    label: Label


class BinaryTarget(Value):
    """One of two classes; ``positive`` is the one whose probability the model gives."""

    task: Literal["binary"]
    column: Identifier
    meaning: Text
    positive: TargetClass
    negative: TargetClass

    @model_validator(mode="after")
    def _two_classes(self) -> Self:
        _distinct("two classes", self.classes)
        return self

    @property
    def classes(self) -> tuple[TargetClass, ...]:
        """The classes, the positive one last."""
        return (self.negative, self.positive)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called, in the model's order."""
        return tuple(item.label for item in self.classes)


class MulticlassTarget(Value):
    """One of three or more classes."""

    task: Literal["multiclass"]
    column: Identifier
    meaning: Text
    classes: Annotated[tuple[TargetClass, ...], Field(min_length=3, max_length=1000)]

    @model_validator(mode="after")
    def _each_class_once(self) -> Self:
        _distinct("classes", self.classes)
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called, in the model's order."""
        return tuple(item.label for item in self.classes)


class RegressionTarget(Value):
    """A number within bounds, both inclusive."""

    task: Literal["regression"]
    column: Identifier
    meaning: Text
    unit: Text
    minimum: float
    maximum: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum >= self.maximum:
            msg = "a minimum below the maximum"
            raise ValueError(msg)
        return self

    @property
    def classes(self) -> tuple[TargetClass, ...]:
        """No classes."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """No classes."""
        return ()


Target = Annotated[BinaryTarget | MulticlassTarget | RegressionTarget, Field(discriminator="task")]


def _distinct(what: str, classes: tuple[TargetClass, ...]) -> None:
    for said in ([item.value for item in classes], [item.label for item in classes]):
        if len(set(said)) != len(said):
            msg = f"{what} that differ in value and in label"
            raise ValueError(msg)
