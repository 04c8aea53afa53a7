"""Dates and times as data spells them: ISO 8601 texts that stay texts, so that nobody's time zone creeps in.

* A day is ``2013-01-31``.
* A moment is ``2013-01-31T05:15:00``, with a fraction or without, in UTC (``Z``) or in a time zone nobody names.
* Two days compare as their texts do, two moments as ``order`` says; UTC and the unnamed zone do not compare.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?$"


def order(text: str) -> tuple[bool, datetime]:
    """Return what sorts days and moments: whether it is in UTC, then when; any other spelling is a ValueError."""
    if re.fullmatch(DAY, text):
        return False, datetime.combine(date.fromisoformat(text), datetime.min.time())
    if not re.fullmatch(MOMENT, text):
        msg = f"expected a day like 2013-01-31 or a moment like 2013-01-31T05:15:00, got {text[:40]!r}"
        raise ValueError(msg)
    return text.endswith("Z"), datetime.fromisoformat(text.removesuffix("Z"))


def _exists(text: str) -> str:
    order(text)
    return text


Day = Annotated[str, StringConstraints(pattern=DAY), AfterValidator(_exists)]
Moment = Annotated[str, StringConstraints(pattern=MOMENT), AfterValidator(_exists)]
