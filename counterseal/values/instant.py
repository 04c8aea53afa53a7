"""Instants: UTC, to the second, in one spelling (``2026-11-22T03:26:23Z``).

Nothing in the kernel asks for the time; callers pass it in. This module only reads and writes it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def parse(text: str) -> datetime:
    """Read an instant; any other spelling is a ValueError."""
    moment = datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    if render(moment) != text:
        msg = f"expected an instant like 2026-11-22T03:26:23Z, got {text!r}"
        raise ValueError(msg)
    return moment


def render(moment: datetime) -> str:
    """Write an instant in the one spelling used here."""
    # strftime pads years before 1000 on some platforms only
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _accept(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(microsecond=0)
    if isinstance(value, str):
        return parse(value)
    msg = "expected an instant like 2026-11-22T03:26:23Z"
    raise ValueError(msg)


Instant = Annotated[
    datetime,
    BeforeValidator(_accept),
    PlainSerializer(render, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}),
]
