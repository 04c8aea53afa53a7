"""One predict request, from its bytes to the line of the audit log and the answer.

In order: body, JSON, the model's route in the table in force, every row checked, every row predicted; then the line is
written, then the rows are counted for drift, then the answer leaves. A refusal is a line too, with codes and no values.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from serving import answers, body, predict

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from serving.service import Service
    from serving.table import Route


async def respond(service: Service, request: Request) -> Response:
    """Answer one POST /predict."""
    timer, request_id = service.settings.timer, secrets.token_hex(16)
    started = timer()
    asked = request.path_params.get("model")
    try:
        response = await _answer(service, request, request_id, started)
    except Refused as refusal:
        response = answers.refusal(refusal.findings, request_id=request_id)
        response = _record_refusal(service, response, asked, request_id, refusal, timer() - started)
    name = _known(service, asked)
    service.metrics.requests.labels(name, str(response.status_code)).inc()
    service.metrics.seconds.labels(name).observe(timer() - started)
    return response


async def _answer(service: Service, request: Request, request_id: str, started: float) -> Response:
    question = body.parse(await body.read(request))
    route = service.table.route(request.path_params.get("model"))
    answer = await predict.answer(route, question)
    receipt = predict.receipt(route)
    predictions = answer.rendered()
    response = answers.answer({"request_id": request_id, **receipt, "predictions": predictions})
    service.record(
        "predict",
        request_id=request_id,
        **receipt,
        rows=len(predictions),
        decisions=answer.decisions(),
        answer=sha256(bytes(response.body)),
        ms=_milliseconds(service.settings.timer() - started),
    )
    _count(service, route, answer)
    return response


def _count(service: Service, route: Route, answer: predict.Answer) -> None:
    model, version = route.served.model, str(route.served.version)
    service.metrics.rows.labels(model, version).inc(len(answer.counted))
    for decision, rows in answer.decisions().items():
        service.metrics.decisions.labels(model, version, decision).inc(rows)
    service.count(route, answer.counted)


def _record_refusal(
    service: Service, response: Response, asked: str | None, request_id: str, refusal: Refused, seconds: float
) -> Response:
    fields = {
        "request_id": request_id,
        "model": _known(service, asked),
        "status": response.status_code,
        "codes": sorted({finding.code for finding in refusal.findings}),
        "ms": _milliseconds(seconds),
    }
    try:
        service.record("refuse", **fields)
    except Refused as unrecorded:
        return answers.refusal(unrecorded.findings, HTTPStatus.SERVICE_UNAVAILABLE, request_id=request_id)
    return response


def _known(service: Service, asked: str | None) -> str:
    """Return the model's name if it is one of ours: a stranger's words go neither into the log nor into a label."""
    names = service.table.names()
    if asked is None:
        return names[0] if len(names) == 1 else ""
    return asked if asked in names else ""


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
