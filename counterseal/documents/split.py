"""How rows are divided into those learned from and those held out: by a salted hash, so that one new row moves one row.

* ``hash``: a share of all rows.
* ``stratified``: a share of each class, or of each bin of a number between ``edges``.
* ``grouped``: whole groups of rows that have the same ``key``.
* ``temporal``: what happened at or after ``since``.

What is hashed is the whole row, or ``key`` alone; folds inside the training rows come from the same hash.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value
from counterseal.values.day import Day, Moment
from counterseal.values.names import Identifier, Text

Share = Annotated[float, Field(gt=0.05, lt=0.6)]
Key = Annotated[tuple[Identifier, ...], Field(max_length=20)]


class HashSplit(Value):
    """A share of all rows."""

    method: Literal["hash"] = "hash"
    holdout: Share = 0.3
    salt: Text = "1"
    key: Key = ()


class StratifiedSplit(Value):
    """A share of the rows of each class; of a number, of each bin between rising ``edges``."""

    method: Literal["stratified"]
    holdout: Share = 0.3
    salt: Text = "1"
    key: Key = ()
    edges: Annotated[tuple[float, ...], Field(min_length=1, max_length=99)] | None = None

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.edges and list(self.edges) != sorted(set(self.edges)):
            msg = "edges in rising order"
            raise ValueError(msg)
        return self


class GroupedSplit(Value):
    """A share of the groups of rows that have the same key."""

    method: Literal["grouped"]
    key: Annotated[Key, Field(min_length=1)]
    holdout: Share = 0.3
    salt: Text = "1"


class TemporalSplit(Value):
    """The rows at or after ``since``, by a column of type date or datetime."""

    method: Literal["temporal"]
    column: Identifier
    since: Day | Moment
    salt: Text = "1"
    key: Key = ()


Split = Annotated[HashSplit | StratifiedSplit | GroupedSplit | TemporalSplit, Field(discriminator="method")]
