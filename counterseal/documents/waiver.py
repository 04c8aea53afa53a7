"""A failure that is let through for a while: by whom, why, until when, and exactly which one.

The rules:

* A waiver names one rule, one model and the very text that the rule found: when that changes, it covers nothing.
* It lasts ``MAX_DAYS`` at most and is inert before it is issued and after it expires.
* It is a failure that people carry, never a PASS; a REVIEW is for an Approval to decide, not for a waiver.
* Evidence that is missing or cannot be judged is never waived (``judgement.apply_waivers``).

Waivers are an area of their own, decided by the quorum ``waivers``; nobody but that quorum makes one count.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import StringConstraints, model_validator

from counterseal.documents.document import Document, Value
from counterseal.values.instant import Instant, render
from counterseal.values.names import Name, Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_DAYS = 180
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}$")]


class WaiverSpec(Value):
    """One failure of one model; ``rule`` is policy/rule, ``found`` is what `counterseal check` says it found."""

    rule: RuleId
    model: Name
    found: Text
    reason: Text
    owner: Name
    issued: Instant
    expires: Instant

    @model_validator(mode="after")
    def _short(self) -> Self:
        if not timedelta(0) < self.expires - self.issued <= timedelta(days=MAX_DAYS):
            msg = f"expires later than issued, by {MAX_DAYS} days at most"
            raise ValueError(msg)
        return self


class Waiver(Document):
    """policies/waivers/<name>.yaml."""

    KIND: ClassVar[str] = "Waiver"
    kind: Literal["Waiver"]
    spec: WaiverSpec

    def inert(self, now: datetime) -> str:
        """Say why the waiver covers nothing at this time; nothing if it may."""
        if now < self.spec.issued:
            return f"issued {render(self.spec.issued)}, which is not yet"
        return f"expired {render(self.spec.expires)}" if self.spec.expires <= now else ""

    def covers(self, rule: str, found: str, model: str) -> bool:
        """Say whether this is about that failure, of that rule, of that model."""
        return (self.spec.rule, self.spec.found, self.spec.model) == (rule, found, model)

    def summary(self) -> str:
        """Say in a line who carries the failure, until when and why."""
        return f"{self.metadata.name}: {self.spec.owner}, until {render(self.spec.expires)}: {self.spec.reason}"


def waived(rule: str, found: str, waivers: Iterable[Waiver], model: str, now: datetime) -> Waiver | None:
    """Return the waiver that covers a failure now, if there is one."""
    return next((w for w in waivers if w.covers(rule, found, model) and not w.inert(now)), None)
