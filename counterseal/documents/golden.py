"""Rows and the answers the model must give for them, drawn from the schema and never from the data.

Whoever loads the model evaluates them first: equal decisions, and outputs within ``TOLERANCE`` (of a value beyond 1,
that part of it), or it does not serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field

from counterseal.documents.document import Document, Value
from counterseal.documents.portable.inputs import Cell, Finite
from counterseal.values.finding import Finding
from counterseal.values.names import Identifier

if TYPE_CHECKING:
    from counterseal.documents.portable.inputs import Row
    from counterseal.documents.portable.model import PortableModel, Prediction

TOLERANCE = 1e-12


class GoldenRow(Value):
    """One row and its answer."""

    row: dict[Identifier, Cell]
    outputs: Annotated[tuple[Finite, ...], Field(min_length=1)]
    decision: str | None = None

    @classmethod
    def of(cls, row: Row, answer: Prediction) -> Self:
        """Write down a model's answer for a row."""
        return cls(row=dict(row), outputs=answer.outputs, decision=answer.decision)

    def holds(self, answer: Prediction) -> bool:
        """Say whether an answer is the one written down."""
        same = (answer.decision, len(answer.outputs)) == (self.decision, len(self.outputs))
        return same and all(close(a, b) for a, b in zip(self.outputs, answer.outputs, strict=True))


class GoldenSpec(Value):
    """The rows."""

    rows: Annotated[tuple[GoldenRow, ...], Field(min_length=1, max_length=1000)]


class Golden(Document):
    """registry/<model>/model/golden.json."""

    KIND: ClassVar[str] = "Golden"
    kind: Literal["Golden"]
    spec: GoldenSpec

    def mismatches(self, model: PortableModel, where: str) -> tuple[Finding, ...]:
        """Return the rows that the model answers differently; none means the model is the one described."""
        found = []
        for number, golden in enumerate(self.spec.rows):
            answer = model.checked(golden.row, f"{where} row {number}")
            if not golden.holds(answer):
                expected = f"{golden.decision} at {golden.outputs}"
                got = f"{answer.decision} at {answer.outputs}"
                found.append(Finding("GOLDEN_ROW", f"{where} row {number}", expected, got, "the model's bytes differ"))
        return tuple(found)


def close(expected: float, found: float) -> bool:
    """Say whether a number is as good as equal to the one expected; NaN never is."""
    return abs(found - expected) <= TOLERANCE * max(1.0, abs(expected))
