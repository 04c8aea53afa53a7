"""What happened lately, for people: a bounded list, newest first; the audit log keeps all of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.values.finding import Finding

KEPT = 200
MAX_MESSAGE = 600


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, a stable code, to what, and a sentence."""

    time: datetime
    code: str
    where: str
    message: str


class Events:
    """The last ``KEPT`` events."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)

    def add(self, event: Event) -> None:
        """Remember an event; the oldest is forgotten."""
        self._events.appendleft(event)

    def latest(self, count: int = KEPT) -> list[Event]:
        """Return up to ``count`` events, newest first."""
        return list(self._events)[:count]


def told(finding: Finding) -> str:
    """Say a finding in a sentence."""
    mend = f" — {finding.mend}" if finding.mend else ""
    return plain(f"expected {finding.expected}, found {finding.found}{mend}")


def plain(text: str) -> str:
    """Return ``text`` without what a terminal or a log reader could obey: a remote's words are a stranger's."""
    return "".join(character if character.isprintable() else " " for character in text)[:MAX_MESSAGE]
