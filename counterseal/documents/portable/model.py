"""model.json: a model as plain data, and its answers.

* ``task: binary``: one output, the probability of classes[1]; the decision is classes[1] if it is at least
  ``threshold``, else classes[0].
* ``task: multiclass``: a probability for each of the classes; the decision is the class of the largest, of the first
  one where several are.
* ``task: regression``: one output, the value; no classes, no threshold, no decision.

A probability that rounding took past 0 or 1 is 0 or 1. Inputs are checked before anything is computed (``rows``).
``reference`` is a row that stands for all: the one that effects are told against.

A model is refused when it is read unless it holds together: each input once; every column and term over an input of
its type; outputs that fit the task; nothing that is not finite for a row within the bounds; no more parts than
``MAX_PARTS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import validate
from counterseal.documents.portable import combine, explain, rows
from counterseal.documents.portable.inputs import Cell, Input
from counterseal.documents.portable.scored import Compiled
from counterseal.values import strict_json, strict_yaml
from counterseal.values.finding import Finding, Refused
from counterseal.values.names import Identifier, Name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterseal.documents.portable.inputs import Inputs, Row

FORMAT: Literal["counterseal/portable-model"] = "counterseal/portable-model"
MAX_PARTS = 250_000
_CLOSE = 1e-9

Task = Literal["binary", "multiclass", "regression"]
Label = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Prediction:
    """The outputs for a row, and the decision they lead to; a value alone leads to none."""

    outputs: tuple[float, ...]
    decision: str | None

    @property
    def probability(self) -> float:
        """The probability of the second of two classes."""
        return self.outputs[0]

    @property
    def score(self) -> float:
        """One number that stands for the answer: the probability, the largest probability, or the value."""
        return max(self.outputs)


@dataclass(frozen=True)
class Reason:
    """What one input did to an answer, and the words that the spec has for it."""

    feature: str
    effect: float
    says: str | None


class PortableModel(Compiled):
    """model.json."""

    format: Literal["counterseal/portable-model"]
    formatVersion: Annotated[int, Field(ge=1, le=1)]  # noqa: N815 (the document's own spelling; Literal[1] takes true)
    model: Name
    version: Annotated[int, Field(ge=1)]
    task: Task
    classes: Annotated[tuple[Label, ...], Field(max_length=100)]
    inputs: Annotated[tuple[Input, ...], Field(min_length=1, max_length=2000)]
    reference: dict[Identifier, Cell]
    predictor: combine.Predictor
    threshold: Annotated[float, Field(gt=0, lt=1)] | None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if len(self.named) != len(self.inputs):
            msg = "each input once"
            raise ValueError(msg)
        self._check_task()
        if combine.depth(self.predictor) > combine.MAX_DEPTH or self.predictor.parts > MAX_PARTS:
            msg = f"at most {MAX_PARTS} parts, and {combine.MAX_DEPTH} predictors inside one another"
            raise ValueError(msg)
        extents = self.predictor.extents(self.named)
        if self.classes and not all(low >= -_CLOSE and high <= 1 + _CLOSE for low, high in extents):
            msg = "probabilities, from 0 to 1 for every row within the bounds"
            raise ValueError(msg)
        if findings := self.check(self.reference, "reference"):
            raise ValueError(str(findings[0]))
        return self

    def _check_task(self) -> None:
        found = (len(set(self.classes)), len(self.classes), self.predictor.width)
        several = max(3, len(self.classes))
        fits = {"binary": (2, 2, 1), "multiclass": (several, several, several), "regression": (0, 0, 1)}
        if found != fits[self.task]:
            msg = "two classes and one output, an output for each of more classes, or one value and no classes"
            raise ValueError(msg)
        if (self.threshold is None) == (self.task == "binary"):
            msg = "a threshold where there are two classes, and null elsewhere"
            raise ValueError(msg)

    @classmethod
    def read(cls, data: bytes, where: str) -> Self:
        """Read model.json; raise Refused for whatever does not fit."""
        return validate(cls, strict_yaml.Source(strict_json.loads(data, where), where, {}))

    def write(self) -> bytes:
        """Write model.json."""
        return strict_json.pretty(self.model_dump(mode="json"))

    @cached_property
    def named(self) -> Inputs:
        """The inputs by name."""
        return {item.name: item for item in self.inputs}

    def predict(self, row: Row) -> Prediction:
        """Evaluate one row that ``check`` found nothing wrong with."""
        return self.decided(self.predictor.answer(row))

    def decided(self, outputs: Sequence[float]) -> Prediction:
        """Make a prediction of the predictor's outputs."""
        if not self.classes:
            return Prediction(tuple(outputs), None)
        found = tuple(0.0 if output < 0 else 1.0 if output > 1 else output for output in outputs)
        place = found[0] >= self.threshold if self.threshold is not None else found.index(max(found))
        return Prediction(found, self.classes[place])

    def check(self, row: Any, where: str = "row") -> tuple[Finding, ...]:  # noqa: ANN401 (JSON is any value)
        """Return what is wrong with a row; values are never quoted, they may be personal."""
        return tuple(rows.misfits(self.named, row, where))

    def checked(self, row: Any, where: str = "row") -> Prediction:  # noqa: ANN401
        """Check a row, then evaluate it; raise Refused if something is wrong with it."""
        if findings := self.check(row, where):
            raise Refused(*findings)
        return self.predict(row)

    def effects(self, row: Row) -> dict[str, tuple[float, ...]]:
        """Return input → its effect on each score of a row that ``check`` found nothing wrong with (``explain``)."""
        found, none = explain.effects(self.predictor, row, self.reference), (0.0,) * self.predictor.width
        return {name: tuple(found.get(name, none)) for name in self.named}

    def reasons(self, row: Row, prediction: Prediction) -> tuple[Reason, ...]:
        """Return the inputs that had an effect on the score (of the class decided for, if several), largest first."""
        output = self.classes.index(str(prediction.decision)) if self.task == "multiclass" else 0
        effects = self.effects(row)
        found = ((item, effects[item.name][output]) for item in self.inputs)
        reasons = [Reason(item.name, effect, item.says) for item, effect in found if effect]
        return tuple(sorted(reasons, key=lambda reason: -abs(reason.effect)))
