"""What all predictors have in common: scores, a link, and outputs.

What is worked out from a predictor's fields is kept; a copy with changes works it out anew.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from counterseal.documents.document import Value
from counterseal.documents.portable.inputs import Row
from counterseal.documents.portable.links import LINKS

if TYPE_CHECKING:
    from counterseal.documents.portable.inputs import Inputs
    from counterseal.documents.portable.links import Extent, Link

Scores = Callable[[Row], Sequence[float]]


def several(number: int, what: str) -> str:
    """Return so many of something, in words."""
    return f"{number} {what}" + "s" * (number != 1)


class Compiled(Value):
    """A value with cached properties."""

    def __copy__(self) -> Self:
        """Copy the fields, and nothing that was worked out from them."""
        made = super().__copy__()
        kept = vars(made)
        for name in kept.keys() - type(self).model_fields.keys():
            del kept[name]
        return made


class Scored(Compiled):
    """A predictor."""

    @property
    def outermost(self) -> Link:
        """What turns the scores into outputs."""
        return "identity"

    @property
    @abstractmethod
    def width(self) -> int:
        """How many scores, and outputs, there are."""

    @property
    @abstractmethod
    def parts(self) -> int:
        """How many terms or nodes there are."""

    @property
    @abstractmethod
    def size(self) -> str:
        """How large the predictor is, in words."""

    @abstractmethod
    def extents(self, inputs: Inputs) -> list[Extent]:
        """Return between which numbers each output lies; raise ValueError for what does not hold together."""

    @abstractmethod
    def scoring(self) -> Scores:
        """Return what works out the scores for a row."""

    @cached_property
    def score(self) -> Scores:
        """What works out the scores for a row."""
        return self.scoring()

    @cached_property
    def answer(self) -> Scores:
        """What works out the outputs for a row."""
        score, link = self.score, LINKS[self.outermost]
        return score if self.outermost == "identity" else lambda row: link(score(row))
