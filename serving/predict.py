"""Rows in, predictions with their lineage out; nothing is computed, and nothing counted, unless every row is right.

Long requests are answered in slices, between which other requests get their turn.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents.baseline import SCORE
from counterseal.values.finding import Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.portable import Cell, Prediction
    from serving.body import Question
    from serving.table import Route

SLICE = 50
MAX_FINDINGS = 20


@dataclass(frozen=True)
class Answer:
    """The predictions of one request, and the rows as the window counts them."""

    predictions: tuple[Prediction, ...]
    counted: tuple[Mapping[str, Cell], ...]

    def decisions(self) -> dict[str, int]:
        """Return how often each decision was made: what the audit log keeps of the outcome."""
        made = [prediction.decision for prediction in self.predictions]
        return {decision: made.count(decision) for decision in sorted(set(made))}


async def answer(route: Route, question: Question) -> Answer:
    """Check every row, then predict every row; raise Refused with the first findings if one is wrong."""
    model = route.served.portable
    findings: list[Finding] = []
    for index, row in enumerate(question.rows):
        await _turn(index)
        findings += model.check(row, f"rows[{index}]")
        if len(findings) >= MAX_FINDINGS:
            break
    if findings:
        raise Refused(*findings[:MAX_FINDINGS])
    predictions = []
    for index, row in enumerate(question.rows):
        await _turn(index)
        predictions.append(model.predict(row))
    counted = tuple({**row, SCORE: made.probability} for row, made in zip(question.rows, predictions, strict=True))
    return Answer(tuple(predictions), counted)


def receipt(route: Route) -> dict[str, Any]:
    """Return the lineage that every answer carries: which promotion of which bytes made it."""
    served = route.served
    return {
        "model": served.model,
        "version": served.version,
        "number": served.number,
        "entry": served.entry,
        "commit": served.commit,
    }


def rendered(prediction: Prediction, *, contributions: bool) -> dict[str, Any]:
    """Return a prediction as JSON values."""
    value: dict[str, Any] = {"probability": prediction.probability, "decision": prediction.decision}
    if contributions:
        value["contributions"] = [{"feature": name, "share": share} for name, share in prediction.contributions]
    return value


async def _turn(index: int) -> None:
    if index and index % SLICE == 0:
        await asyncio.sleep(0)
