"""A request's body, read with a cap and a deadline, and what may stand in it.

In order: the media type; the declared length; the bytes, counted as they arrive; strict JSON; one object with ``rows``
and, if wanted, ``contributions``; at most ``MAX_ROWS`` rows, ``MAX_EXPLAINED`` with contributions, each an object.
Features are the model's own business.
What was sent is never quoted back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.requests import ClientDisconnect

from counterseal.values import strict_json
from counterseal.values.finding import Finding, Refused, refuse

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY = 256 * 1024
MAX_ROWS = 1000
MAX_EXPLAINED = 100
SECONDS = 10.0
_FIELDS = {"rows", "contributions"}
_DIGITS = 9


class Question(NamedTuple):
    """What was asked: rows that are objects, and whether to say what each feature contributed."""

    rows: list[dict[str, Any]]
    contributions: bool


async def read(request: Request) -> bytes:
    """Return a request's body; raise Refused if it is of another kind, too large, too slow or cut off."""
    _check_head(request)
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise _too_large(f"more than {MAX_BODY}")
    except TimeoutError as error:
        raise refuse("BODY_TOO_SLOW", "body", f"all of it within {SECONDS:g} seconds", "less") from error
    except ClientDisconnect as error:
        raise refuse("BODY_CUT_OFF", "body", "all of it", "a closed connection") from error
    return bytes(body)


def parse(body: bytes) -> Question:
    """Read a body; raise Refused for whatever does not fit."""
    value = _json(body)
    if not isinstance(value, dict):
        raise refuse("BODY_SHAPE", "body", _SHAPE, "another kind of value")
    findings = [
        Finding("UNKNOWN_FIELD", "body", _SHAPE, "a field of another name") for key in value if key not in _FIELDS
    ]
    rows, contributions = value.get("rows"), value.get("contributions", False)
    if not isinstance(contributions, bool):
        findings.append(Finding("BODY_SHAPE", "contributions", "true or false", "something else"))
    findings += _row_findings(rows, MAX_EXPLAINED if contributions is True else MAX_ROWS)
    if findings or not isinstance(rows, list):
        raise Refused(*findings)
    return Question(rows, contributions)


_SHAPE = 'an object like {"rows": [{...}]}'


def _check_head(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        mend = "send the header content-type: application/json"
        raise refuse("MEDIA_TYPE", "content-type", "application/json", "another or none", mend)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise refuse("MEDIA_TYPE", "content-encoding", "a body that is not compressed", "one that is")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > _DIGITS or int(length) > MAX_BODY:
        raise _too_large("a larger content-length")


def _too_large(found: str) -> Refused:
    return refuse("BODY_TOO_LARGE", "body", f"at most {MAX_BODY} bytes", found, "send fewer rows at a time")


def _json(body: bytes) -> Any:  # noqa: ANN401 (JSON is any value)
    try:
        return strict_json.loads(body, "body", limit=MAX_BODY)
    except Refused as refusal:
        if refusal.code != "JSON_AMBIGUOUS":
            raise
        # The reader's own words would quote the number or the key.
        found = "a key twice, NaN, infinity, half a character, or a number no 64-bit float can hold"
        raise refuse("JSON_AMBIGUOUS", "body", "JSON with one meaning", found) from refusal


def _row_findings(rows: object, most: int) -> list[Finding]:
    if not isinstance(rows, list) or not rows:
        return [Finding("BODY_SHAPE", "rows", "a list of at least one row", "none or something else")]
    if len(rows) > most:
        return [Finding("TOO_MANY_ROWS", "rows", f"at most {most}", str(len(rows)), "send fewer rows at a time")]
    odd = [index for index, row in enumerate(rows) if not isinstance(row, dict)]
    return [Finding("BODY_SHAPE", f"rows[{odd[0]}]", "an object of features", "something else")] if odd else []
