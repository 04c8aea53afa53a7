"""Who countersigned what: an Approval binds one decision to digests, and counts for nothing else.

* ``promote``   binds a model and its entry's digest, and the REVIEW ids it decides
* ``restore``   binds a model and its last number ``from`` and the number ``to`` whose state returns
* ``retire``    binds a model and its last number ``from``
* ``rules``     binds the digest of policies/entry.yaml
* ``code``, ``waivers``   bind ``change``, the digest of the sorted (path, blob) pairs of a change
* ``reject``    binds what ``promote`` binds, is kept as evidence, and never counts
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Document, Value
from counterseal.values.digest import Sha256
from counterseal.values.instant import Instant
from counterseal.values.names import LogId, Name, Text

MAX_DAYS = 366
Decision = Literal["promote", "restore", "retire", "rules", "code", "waivers", "reject"]
Number = Annotated[int, Field(ge=0)]

_BINDS: dict[str, frozenset[str]] = {
    "promote": frozenset({"model", "entry"}),
    "reject": frozenset({"model", "entry"}),
    "restore": frozenset({"model", "from", "to"}),
    "retire": frozenset({"model", "from"}),
    "rules": frozenset({"entry"}),
    "code": frozenset({"change"}),
    "waivers": frozenset({"change"}),
}


class ApprovalSpec(Value):
    """A decision and what it is about."""

    log_id: LogId
    decision: Decision
    role: Name
    model: Name | None = None
    entry: Sha256 | None = None
    change: Sha256 | None = None
    from_: Annotated[Number | None, Field(alias="from")] = None
    to: Number | None = None
    reviews: tuple[Text, ...] = ()
    reason: Text
    reproduced: bool = False
    issued: Instant
    use_before: Instant

    @model_validator(mode="after")
    def _binds(self) -> Self:
        given = {"model": self.model, "entry": self.entry, "change": self.change, "from": self.from_, "to": self.to}
        bound = {name for name, value in given.items() if value is not None}
        if bound != _BINDS[self.decision]:
            msg = f"a decision {self.decision!r} binds {', '.join(sorted(_BINDS[self.decision]))} and nothing else"
            raise ValueError(msg)
        if not timedelta(0) < self.use_before - self.issued <= timedelta(days=MAX_DAYS):
            msg = f"use_before later than issued, by {MAX_DAYS} days at most"
            raise ValueError(msg)
        return self


class Approval(Document):
    """approvals/<person>.yaml, <person>.restore.yaml or <person>.retire.yaml; ``metadata.name`` is the person."""

    KIND: ClassVar[str] = "Approval"
    kind: Literal["Approval"]
    spec: ApprovalSpec


def file_name(person: str, decision: str) -> str:
    """Return the name of the file in which a person's approval stands."""
    return f"{person}.{decision}.yaml" if decision in ("restore", "retire") else f"{person}.yaml"
