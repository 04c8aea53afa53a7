"""What a data scientist proposes: the data, the features, the estimator, and the facts that decide the tier."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Document, Value
from counterseal.documents.estimator import Estimator, Search
from counterseal.documents.preprocessing import Preprocessing
from counterseal.values.names import Identifier, Name, Text

#: Each fact's values, from the least to the most consequential; moving left is a lowered fact.
RANKS: dict[str, tuple[object, ...]] = {
    "personal_data": (False, True),
    "decision": ("none", "informs", "assists", "automates"),
    "significant_effect": (False, True),
}


class Facts(Value):
    """What is true of the use, in answers that do not name a tier; policy computes the tier from them."""

    personal_data: bool
    decision: Literal["none", "informs", "assists", "automates"]
    significant_effect: bool

    def lowered_since(self, before: Facts) -> tuple[str, ...]:
        """Return the facts that are less consequential than they were."""
        order = {name: values.index for name, values in RANKS.items()}
        return tuple(name for name, rank in order.items() if rank(getattr(self, name)) < rank(getattr(before, name)))


class Cost(Value):
    """What a wrong decision costs, in whatever unit the two share."""

    false_positive: Annotated[float, Field(ge=0)]
    false_negative: Annotated[float, Field(ge=0)]


class ModelSpecSpec(Value):
    """A proposal."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    title: Text
    purpose: Text
    contact: Text
    licence: Text
    dataset: Name
    features: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=2000)]
    facts: Facts
    estimator: Estimator
    preprocessing: Preprocessing = Preprocessing()
    search: Search | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    cost: Cost | None = None
    reasons: dict[Identifier, Text] = {}
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    limitations: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _each_feature_once(self) -> Self:
        if len(set(self.features)) != len(self.features):
            msg = "each feature once"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _of_features(self) -> Self:
        if others := sorted({*self.preprocessing.names(), *self.reasons} - set(self.features)):
            msg = f"preprocessing and reasons of features; {', '.join(others)} is none"
            raise ValueError(msg)
        return self


class ModelSpec(Document):
    """model_specs/<model>.yaml."""

    KIND: ClassVar[str] = "ModelSpec"
    kind: Literal["ModelSpec"]
    spec: ModelSpecSpec
