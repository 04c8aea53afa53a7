"""Rows and the answers the model must give for them, drawn from the schema and never from the data.

Whoever loads the model evaluates them first: equal decisions, probabilities within ``TOLERANCE``, or it does not serve.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from counterseal.documents.document import Document, Value
from counterseal.documents.portable import Cell, PortableModel
from counterseal.values.finding import Finding
from counterseal.values.names import Identifier

TOLERANCE = 1e-12


class GoldenRow(Value):
    """One row and its answer."""

    row: dict[Identifier, Cell]
    probability: Annotated[float, Field(ge=0, le=1)]
    decision: str


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
            off = abs(answer.probability - golden.probability)
            if answer.decision != golden.decision or not off <= TOLERANCE:
                expected = f"{golden.decision} at {golden.probability!r}"
                got = f"{answer.decision} at {answer.probability!r}"
                found.append(Finding("GOLDEN_ROW", f"{where} row {number}", expected, got, "the model's bytes differ"))
        return tuple(found)
