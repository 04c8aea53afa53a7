"""Rows in, predictions with their lineage out; nothing is computed, and nothing counted, unless every row is right.

Long requests are answered in slices, between which other requests get their turn. Rows are explained one at a time in a
thread of their own, in the order in which requests came to ask for them: a slow explanation delays no other answer.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents.baseline import SCORE
from counterseal.values.finding import Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.portable.inputs import Cell
    from counterseal.documents.portable.model import PortableModel, Prediction, Reason
    from serving.body import Question
    from serving.table import Route

SLICE = 50
MAX_FINDINGS = 20
_EXPLAINER = ThreadPoolExecutor(1, "explain")


@dataclass(frozen=True)
class Answer:
    """The predictions of one request, their reasons if asked for, and the rows as the window counts them."""

    model: PortableModel
    predictions: tuple[Prediction, ...]
    reasons: tuple[tuple[Reason, ...], ...]
    counted: tuple[Mapping[str, Cell], ...]

    def decisions(self) -> dict[str, int]:
        """Return how often each decision was made: what the audit log keeps of the outcome."""
        made = [prediction.decision for prediction in self.predictions if prediction.decision is not None]
        return {decision: made.count(decision) for decision in sorted(set(made))}

    def rendered(self) -> list[dict[str, Any]]:
        """Return the predictions as JSON values."""
        values = [outcome(self.model, prediction) for prediction in self.predictions]
        for value, reasons in zip(values, self.reasons, strict=False):
            value["effects"] = [asdict(reason) for reason in reasons]
        return values


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
    predictions, reasons = [], []
    for index, row in enumerate(question.rows):
        await _turn(index)
        predictions.append(model.predict(row))
    for row, made in zip(question.rows if question.contributions else (), predictions, strict=False):
        reasons.append(await asyncio.get_running_loop().run_in_executor(_EXPLAINER, model.reasons, row, made))
    counted = tuple({**row, SCORE: made.score} for row, made in zip(question.rows, predictions, strict=True))
    return Answer(model, tuple(predictions), tuple(reasons), counted)


def receipt(route: Route) -> dict[str, Any]:
    """Return the lineage that every answer carries: which promotion of which bytes made it."""
    served = route.served
    lineage = {
        "model": served.model,
        "version": served.version,
        "number": served.number,
        "entry": served.entry,
        "commit": served.commit,
    }
    return lineage | {"sandbox": True} if served.sandbox else lineage


def outcome(model: PortableModel, prediction: Prediction) -> dict[str, Any]:
    """Return what was predicted, as JSON values: by the task a probability, one for each class, or a value."""
    if model.task == "regression":
        return {"value": prediction.outputs[0]}
    if model.task == "binary":
        return {"probability": prediction.probability, "decision": prediction.decision}
    probabilities = dict(zip(model.classes, prediction.outputs, strict=True))
    return {"probabilities": probabilities, "decision": prediction.decision}


async def _turn(index: int) -> None:
    if index and index % SLICE == 0:
        await asyncio.sleep(0)
