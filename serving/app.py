"""The routes: POST /predict, and what may be read about what serves.

Every refusal, of a path or a method too, is JSON with findings. Nothing here waits for a remote, and for a disk only
for the one line of the audit log that goes before an answer.
"""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counterseal.values.finding import Finding, Refused
from serving import call, describe
from serving import what_if as what_if_page
from serving.answers import HEADERS, answer, refusal
from serving.page import HEADERS as PAGE_HEADERS
from serving.page import render_page
from serving.what_if import render_what_if

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from serving.service import Service
    from serving.table import Route

    Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

DESCRIPTION = "Predictions by models that were countersigned, each with the promotion it comes from."


def build(service: Service, lifespan: Lifespan | None = None) -> FastAPI:
    """Return the application that answers for ``service``."""
    # No interactive documentation: its pages load scripts from elsewhere. /openapi.json is all that tools need.
    app = FastAPI(title="Counterseal", description=DESCRIPTION, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.service = service
    for path in ("/predict", "/predict/{model}"):
        app.add_api_route(path, predict, methods=["POST"], openapi_extra=describe.REQUEST_BODY)
    for path, endpoint in READABLE.items():
        app.add_api_route(path, endpoint, methods=["GET"])
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(Exception, _our_bug)
    return app


async def predict(request: Request) -> Response:
    """Predict rows; the answer names the promotion it comes from."""
    return await call.respond(_service(request), request)


async def page(request: Request) -> Response:
    """Show people what serves."""
    return Response(render_page(_service(request)), headers={**HEADERS, **PAGE_HEADERS}, media_type="text/html")


async def models(request: Request) -> Response:
    """List every model, and what the log stands at."""
    table = _service(request).table
    return answer({"log": describe.log(table), "models": describe.models(table)})


async def model(request: Request) -> Response:
    """Describe one model: where it comes from, and what may be asked of it."""
    table, name = _service(request).table, request.path_params["model"]
    if name in table.closed:
        return answer(describe.closed(table.closed[name]))
    return _of_route(request, lambda route: answer(describe.model(route)))


async def what_if(request: Request) -> Response:
    """Show people a form in which their browser answers rows by one model."""
    _check_offered(request)
    service, headers = _service(request), {**HEADERS, **what_if_page.HEADERS}

    def shown(route: Route) -> Response:
        return Response(render_what_if(service, route), headers=headers, media_type="text/html")

    return _of_route(request, shown)


async def model_json(request: Request) -> Response:
    """Give one model's bytes as they were admitted, unless the client has them: their digest is the ETag."""
    _check_offered(request)
    return _of_route(request, lambda route: _tagged(request, route.served.model_json, route.served.digest))


async def module(request: Request) -> Response:
    """Give a script that the form runs."""
    _check_offered(request)
    return Response(what_if_page.MODULES[request.url.path[1:]], headers=HEADERS, media_type="text/javascript")


async def drift(request: Request) -> Response:
    """Say how far each model's traffic has moved from its training data."""
    routes = _service(request).table.routes
    return answer({"models": {name: describe.drift(route) for name, route in routes.items()}})


async def events(request: Request) -> Response:
    """List what happened lately, newest first."""
    return answer({"events": [describe.event(item) for item in _service(request).events.latest()]})


async def metrics(request: Request) -> Response:
    """Answer Prometheus."""
    return Response(_service(request).metrics.scrape(), headers=HEADERS, media_type=CONTENT_TYPE_LATEST)


async def health(request: Request) -> Response:
    """Say that the process lives, and what the audit log's head is."""
    return answer(describe.health(_service(request)))


async def ready(request: Request) -> Response:
    """Say whether something serves, and if not, why; and what people should look at if it does."""
    service = _service(request)
    if findings := service.unready():
        return refusal(findings, HTTPStatus.SERVICE_UNAVAILABLE, ready=False)
    return answer({"ready": True, "findings": [], "warnings": [asdict(item) for item in service.warnings()]})


READABLE = {
    "/": page,
    "/model": models,
    "/model/{model}": model,
    "/drift": drift,
    "/events": events,
    "/metrics": metrics,
    "/healthz": health,
    "/readyz": ready,
    "/model/{model}/model.json": model_json,
    "/model/{model}/what-if": what_if,
    **{f"/{name}": module for name in what_if_page.MODULES},
}


def _service(request: Request) -> Service:
    return cast("Service", request.app.state.service)


def _check_offered(request: Request) -> None:
    """Give out models only where the operator says so: who has one learns what to answer, and what it remembers."""
    if not _service(request).settings.what_if:
        raise HTTPException(HTTPStatus.NOT_FOUND)


def _of_route(request: Request, answered: Callable[[Route], Response]) -> Response:
    """Answer by the route of the model in the path; refuse if it does not serve."""
    try:
        return answered(_service(request).table.route(request.path_params["model"]))
    except Refused as refused:
        return refusal(refused.findings)


def _tagged(request: Request, content: bytes, digest: str) -> Response:
    tag = f'"{digest}"'
    headers = {**HEADERS, "cache-control": "private, no-cache", "etag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


async def _not_here(request: Request, error: Exception) -> Response:
    """Answer for a path or a method that there is none of."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    finding = Finding(
        "NO_ROUTE",
        "request",
        "one of " + ", ".join(("POST /predict", "POST /predict/{model}", *READABLE)),
        "another path or method",
    )
    response = refusal([finding], status)
    response.headers.update(headers)
    return response


async def _our_bug(request: Request, error: Exception) -> Response:
    """Answer for what should not have happened; the message stays here, it may quote what was sent."""
    place = f"{type(error).__name__} in {request.url.path}"
    _service(request).note("BUG", "app", type(error).__name__)
    finding = Finding("BUG", "app", "an answer", place, "please report it")
    return refusal([finding], HTTPStatus.INTERNAL_SERVER_ERROR)
