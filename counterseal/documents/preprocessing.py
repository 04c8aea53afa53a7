"""How features are prepared: by type, and where ``columns`` says so, each in its own way.

* Numbers are imputed, then binned or scaled; categories are imputed, then encoded: ``woe`` is weight of evidence, and
  ``native`` leaves them to an estimator that splits by sets of categories.
* ``interactions`` adds the product of two features; ``monotone`` says which way the answer may move with a feature.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.values.names import Identifier

Bins = Annotated[int, Field(ge=2, le=100)]


class Numeric(Value):
    """How numeric features are prepared."""

    impute: Literal["median", "mean", "none"] = "median"
    scale: Literal["standard", "none"] = "standard"
    bins: Bins | Literal["none"] = "none"


class Categorical(Value):
    """How categorical features are prepared."""

    impute: Literal["most_frequent", "none"] = "most_frequent"
    encode: Literal["one_hot", "ordinal", "native", "woe"] = "one_hot"


class Override(Value):
    """How one feature is prepared; what is left out is as for its type."""

    impute: Literal["median", "mean", "most_frequent", "none"] | None = None
    scale: Literal["standard", "none"] | None = None
    bins: Bins | Literal["none"] | None = None
    encode: Literal["one_hot", "ordinal", "native", "woe"] | None = None

    @model_validator(mode="after")
    def _of_one_type(self) -> Self:
        numeric = self.scale or self.bins or self.impute in ("median", "mean")
        categorical = self.encode or self.impute == "most_frequent"
        if numeric and categorical:
            msg = "impute, scale and bins as for a number, or impute and encode as for a category"
            raise ValueError(msg)
        return self


class Preprocessing(Value):
    """How features are prepared."""

    numeric: Numeric = Numeric()
    categorical: Categorical = Categorical()
    columns: dict[Identifier, Override] = {}
    interactions: Annotated[tuple[tuple[Identifier, Identifier], ...], Field(max_length=1000)] = ()
    monotone: dict[Identifier, Literal["increasing", "decreasing"]] = {}

    @model_validator(mode="after")
    def _each_pair_once(self) -> Self:
        pairs = {frozenset(pair) for pair in self.interactions}
        if len(pairs) != len(self.interactions) or any(len(pair) == 1 for pair in pairs):
            msg = "each interaction once, between two features"
            raise ValueError(msg)
        return self

    def names(self) -> frozenset[str]:
        """Return the features it names."""
        return frozenset({*self.columns, *self.monotone}.union(*self.interactions))

    def of_number(self, name: str) -> Numeric:
        """Return how a numeric feature is prepared; raise ValueError if its override is one for a category."""
        return Numeric.model_validate(self.numeric.model_dump() | self._own(name))

    def of_category(self, name: str) -> Categorical:
        """Return how a categorical feature is prepared; raise ValueError if its override is one for a number."""
        return Categorical.model_validate(self.categorical.model_dump() | self._own(name))

    def _own(self, name: str) -> dict[str, object]:
        return self.columns[name].model_dump(exclude_none=True) if name in self.columns else {}
