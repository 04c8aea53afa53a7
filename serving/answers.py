"""How answers look: JSON, never cached, and findings with the status that their first code stands for."""

from __future__ import annotations

import json
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from counterseal.values.finding import Finding

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
STATUS = {
    "AUDIT_LOG_FAILED": HTTPStatus.SERVICE_UNAVAILABLE,
    "BODY_CUT_OFF": HTTPStatus.BAD_REQUEST,
    "BODY_TOO_LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "BODY_TOO_SLOW": HTTPStatus.REQUEST_TIMEOUT,
    "JSON_AMBIGUOUS": HTTPStatus.BAD_REQUEST,
    "JSON_NOT_UTF8": HTTPStatus.BAD_REQUEST,
    "JSON_SYNTAX": HTTPStatus.BAD_REQUEST,
    "JSON_TOO_DEEP": HTTPStatus.BAD_REQUEST,
    "MEDIA_TYPE": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "MODEL_CLOSED": HTTPStatus.SERVICE_UNAVAILABLE,
    "NOTHING_ADMITTED": HTTPStatus.SERVICE_UNAVAILABLE,
    "UNKNOWN_MODEL": HTTPStatus.NOT_FOUND,
    "WHICH_MODEL": HTTPStatus.NOT_FOUND,
}
#: Answers that leave some of the body unread, so that the connection cannot be used again.
_CLOSING = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}


def render(value: object) -> bytes:
    """Write JSON as ASCII: whatever text a stranger sent can be written that way."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def answer(value: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a JSON value."""
    return Response(render(value), status, {**HEADERS, **(headers or {})}, "application/json")


def refusal(findings: Iterable[Finding], status: int | None = None, **more: object) -> Response:
    """Answer with findings; the status is the one given, or that of the first code."""
    told = list(findings)
    status = status or STATUS.get(told[0].code, HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = {"connection": "close"} if status in _CLOSING else {}
    return answer({**more, "findings": [asdict(finding) for finding in told]}, status, headers)
