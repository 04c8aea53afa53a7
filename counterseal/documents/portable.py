"""The model as plain data: what ``model.json`` means, and the one evaluation of it that everything here uses.

Semantics of formatVersion 1, task ``binary`` (docs/MODEL_FORMAT.md is the long form):

* inputs are checked before anything is computed: every declared input present, no other; a number is finite and
  within its bounds, an integer whole; a category is one of those listed; null only where ``nullable``;
* each term yields a number, the terms are added to the intercept in the order written, in 64-bit floats;
* ``linear``: missing is replaced by ``impute``, then ``(value - center) / scale * weight``;
* ``category``: missing is replaced by ``impute``, then the weight listed, ``unseen`` if there is none;
* no row within the bounds can make a sum that is not finite: such a model is refused when it is read;
* ``link: logit``: probability = 1 / (1 + exp(-sum)), computed without overflow;
* the decision is classes[1] if probability >= threshold, else classes[0].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value, validate
from counterseal.values import strict_json, strict_yaml
from counterseal.values.finding import Finding, Refused
from counterseal.values.names import Identifier, Name

FORMAT: Literal["counterseal/portable-model"] = "counterseal/portable-model"
_EXP_LIMIT = 709.0

Cell = float | int | str | None
Finite = Annotated[float, Field(allow_inf_nan=False)]


class NumberInput(Value):
    """A number, with the bounds outside of which the model has nothing to say."""

    name: Identifier
    type: Literal["integer", "number"]
    minimum: Finite
    maximum: Finite
    nullable: bool

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


class LinearTerm(Value):
    """(value - center) / scale * weight."""

    kind: Literal["linear"]
    input: Identifier
    impute: Finite | None
    center: Finite
    scale: Annotated[Finite, Field(gt=0)]
    weight: Finite


class CategoryTerm(Value):
    """The weight of the category."""

    kind: Literal["category"]
    input: Identifier
    impute: str | None
    weights: dict[str, Finite]
    unseen: Finite


Input = Annotated[NumberInput | CategoryInput, Field(discriminator="type")]
Term = Annotated[LinearTerm | CategoryTerm, Field(discriminator="kind")]


@dataclass(frozen=True)
class Prediction:
    """A probability of the positive class, the decision, and each term's share of the sum."""

    probability: float
    decision: str
    contributions: tuple[tuple[str, float], ...]


class PortableModel(Value):
    """model.json."""

    format: Literal["counterseal/portable-model"]
    formatVersion: Annotated[int, Field(ge=1, le=1)]  # noqa: N815 (the document's own spelling; Literal[1] takes true)
    model: Name
    version: Annotated[int, Field(ge=1)]
    task: Literal["binary"]
    classes: tuple[str, str]
    inputs: Annotated[tuple[Input, ...], Field(min_length=1, max_length=2000)]
    terms: Annotated[tuple[Term, ...], Field(max_length=4000)]
    intercept: Finite
    link: Literal["logit"]
    threshold: Annotated[float, Field(gt=0, lt=1)]

    @model_validator(mode="after")
    def _closed(self) -> Self:
        inputs = {item.name: item for item in self.inputs}
        if len(inputs) != len(self.inputs) or self.classes[0] == self.classes[1]:
            msg = "each input once, and two classes"
            raise ValueError(msg)
        largest = abs(self.intercept)
        for term in self.terms:
            item = inputs.get(term.input)
            if item is None or (item.type == "category") != (term.kind == "category"):
                msg = f"a term over an input of its type; {term.input!r} is not one"
                raise ValueError(msg)
            largest += _largest(term, item)
        if not math.isfinite(largest):
            msg = "terms whose sum is finite for every row within the bounds"
            raise ValueError(msg)
        return self

    @classmethod
    def read(cls, data: bytes, where: str) -> Self:
        """Read model.json; raise Refused for whatever does not fit."""
        return validate(cls, strict_yaml.Source(strict_json.loads(data, where), where, {}))

    def write(self) -> bytes:
        """Write model.json."""
        return strict_json.pretty(self.model_dump(mode="json"))

    def predict(self, row: Mapping[str, Cell]) -> Prediction:
        """Evaluate one row that ``check`` found nothing wrong with."""
        shares = tuple((term.input, _share(term, row[term.input])) for term in self.terms)
        total = self.intercept
        for _, share in shares:
            total += share
        probability = logistic(total)
        return Prediction(probability, self.classes[probability >= self.threshold], shares)

    def check(self, row: Any, where: str = "row") -> tuple[Finding, ...]:  # noqa: ANN401 (JSON is any value)
        """Return what is wrong with a row; values are never quoted, they may be personal."""
        if not isinstance(row, Mapping):
            return (Finding("INVALID_ROW", where, "an object of the model's features", _kind(row)),)
        names = {item.name for item in self.inputs}
        found = [Finding("UNKNOWN_FEATURE", where, "the model's features", str(k)[:60]) for k in row if k not in names]
        for item in self.inputs:
            if item.name not in row:
                found.append(Finding("MISSING_FEATURE", where, f"a value for {item.name}", "none"))
            elif problem := _misfit(item, row[item.name]):
                found.append(Finding("INVALID_FEATURE", f"{where}.{item.name}", *problem))
        return tuple(found)

    def checked(self, row: Any, where: str = "row") -> Prediction:  # noqa: ANN401
        """Check a row, then evaluate it; raise Refused if something is wrong with it."""
        if findings := self.check(row, where):
            raise Refused(*findings)
        return self.predict(row)


def logistic(total: float) -> float:
    """Return 1 / (1 + exp(-total)) without overflow."""
    if total >= 0:
        return 1.0 / (1.0 + math.exp(-min(total, _EXP_LIMIT)))
    grown = math.exp(max(total, -_EXP_LIMIT))
    return grown / (1.0 + grown)


def _largest(term: LinearTerm | CategoryTerm, item: NumberInput | CategoryInput) -> float:
    """Return the largest magnitude of a term's share; a linear one has it at a bound or where it is imputed."""
    if isinstance(term, CategoryTerm) or isinstance(item, CategoryInput):
        return max(map(abs, (*term.weights.values(), term.unseen))) if isinstance(term, CategoryTerm) else 0.0
    ends = (item.minimum, item.maximum, item.minimum if term.impute is None else term.impute)
    shares = [abs(_share(term, end)) for end in ends]
    return max(shares) if all(map(math.isfinite, shares)) else math.inf


def _share(term: LinearTerm | CategoryTerm, value: Cell) -> float:
    if isinstance(term, CategoryTerm):
        category = term.impute if value is None else str(value)
        return term.weights.get(category, term.unseen) if category is not None else term.unseen
    number = term.impute if value is None else value
    if number is None or isinstance(number, str):
        msg = f"{term.input}: a missing value that the model does not impute"
        raise Refused(Finding("INVALID_FEATURE", term.input, "a number", msg))
    return (number - term.center) / term.scale * term.weight


def _misfit(item: NumberInput | CategoryInput, value: Any) -> tuple[str, str] | None:  # noqa: ANN401
    if value is None:
        return None if item.nullable else ("a value", "null")
    if isinstance(item, CategoryInput):
        fits = isinstance(value, str) and value in item.categories
        return None if fits else ("one of the listed categories", _kind(value))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or (isinstance(value, float) and not math.isfinite(value)):  # isfinite itself fails on a huge integer
        return "a finite number", _kind(value)
    if item.type == "integer" and value != math.floor(value):
        return "a whole number", "a fraction"
    if not item.minimum <= value <= item.maximum:
        return f"a number from {item.minimum:g} to {item.maximum:g}", "one outside"
    return None


def _kind(value: Any) -> str:  # noqa: ANN401
    names = {
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "something else")
