"""Which estimator is fitted, with which parameters, alone or made of others.

* ``calibrated`` is made ``of`` one estimator, whose scores it maps to probabilities.
* ``voting`` has two or more ``members``, whose answers it averages.
* Whatever else is named stands alone. Combinations lie at most ``DEPTH`` deep.

Which names and parameters are allowed is the pipeline's to say (``pipelines/estimators.py``).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.values.names import Identifier, Name

DEPTH = 3

Scalar = bool | int | float | str | None
Parameter = Scalar | Annotated[tuple[float, ...], Field(min_length=1, max_length=100)]
Search = Annotated[
    dict[Identifier, Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=50)]], Field(min_length=1)
]


class Estimator(Value):
    """An estimator's name, its parameters, and what it is made of."""

    name: Name
    parameters: dict[Identifier, Parameter] = {}
    of: Estimator | None = None
    members: Annotated[tuple[Estimator, ...], Field(min_length=2, max_length=20)] | None = None

    @model_validator(mode="after")
    def _made_of(self) -> Self:
        if (self.name == "calibrated") != (self.of is not None):
            msg = "`of`, an estimator, for calibrated, and for nothing else"
            raise ValueError(msg)
        if (self.name == "voting") != (self.members is not None):
            msg = "`members`, two or more estimators, for voting, and for nothing else"
            raise ValueError(msg)
        if self.depth > DEPTH:
            msg = f"combinations at most {DEPTH} deep"
            raise ValueError(msg)
        return self

    @property
    def parts(self) -> tuple[Estimator, ...]:
        """The estimators it is made of."""
        return self.members or ((self.of,) if self.of else ())

    @property
    def depth(self) -> int:
        """How many estimators lie inside each other, this one included."""
        return 1 + max((part.depth for part in self.parts), default=0)
