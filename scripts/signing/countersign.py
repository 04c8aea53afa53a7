"""What a person may countersign in a proposal, and the Approval that says so.

Which decision it is follows from the change itself: an entry the log does not know is a promote, one it knows a
restore, a missing one a retire. Nobody has to say, and nobody can say it wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from counterseal.crypto.sealed import seal
from counterseal.documents import places
from counterseal.documents.approval import Approval, ApprovalSpec, file_name
from counterseal.documents.document import validate
from counterseal.documents.spec import ModelSpec
from counterseal.values import instant, strict_yaml
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from counterseal.verification.areas import change_digest
from counterseal.verification.tree import Tree
from scripts.signing.keys import sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from counterseal.documents.approval import Decision
    from counterseal.verification.ground import Ground
    from counterseal.verification.quorum import QuorumResult
    from scripts.signing.keys import SshKey

_FOLDERS = {"rules": places.RULES_APPROVALS, "code": places.CODE_APPROVALS, "waivers": places.WAIVER_APPROVALS}


@dataclass(frozen=True)
class Question:
    """One decision that a proposal asks for: what it binds, whom it asks, which REVIEWs it must decide."""

    name: str
    decision: Decision
    binds: Mapping[str, Any]
    folder: str
    quorum: QuorumResult
    reviews: tuple[str, ...] = ()

    def signed_by(self, person: str) -> bool:
        """Say whether a person's approval counts already."""
        return person in self.quorum.people

    def wants(self, person: str) -> bool:
        """Say whether a person's signature is missing, or could say more than the one that is there."""
        return not self.signed_by(person) or "reproduction" in self.quorum.lacks


@dataclass(frozen=True)
class Answer:
    """What a person decided."""

    person: str
    role: str
    reason: str
    issued: datetime
    days: int
    reviews: tuple[str, ...] = field(default=())
    reproduced: bool = False


def questions(ground: Ground) -> Iterator[Question]:
    """Yield what the proposal asks people to decide, as far as judging it came."""
    for name, result in ground.quorums.items():
        if ground.scope.area == "model":
            yield _of_model(ground, name, result)
        else:
            yield Question(name, _decision(name), _bound(ground, name), _FOLDERS[name], result)


def roles_for(question: Question, roles: Mapping[str, tuple[str, ...]], person: str) -> list[str]:
    """Return the roles asked for that a person holds; those nobody signed for come first."""
    held = [role for role in dict.fromkeys(question.quorum.slots) if person in roles[role]]
    signed = {item.spec.role for item in question.quorum.counted}
    return sorted(held, key=lambda role: role in signed)


def approval(question: Question, answer: Answer, log_id: str, key: SshKey) -> tuple[str, bytes]:
    """Return the path and the bytes of a signed Approval."""
    value = {
        "log_id": log_id,
        "decision": question.decision,
        "role": answer.role,
        **question.binds,
        "reviews": list(answer.reviews),
        "reason": answer.reason,
        "reproduced": answer.reproduced,
        "issued": instant.render(answer.issued),
        "use_before": instant.render(answer.issued + timedelta(days=answer.days)),
    }
    spec = validate(ApprovalSpec, strict_yaml.Source(value, "approval", {}))
    body = Approval.of(answer.person, spec).write()
    path = f"{question.folder}/{file_name(answer.person, question.decision)}"
    return path, seal(body, {answer.person: sign(key, body)})


def _of_model(ground: Ground, model: str, result: QuorumResult) -> Question:
    last, raw = ground.log.last(model), ground.after.read(places.entry(model))
    folder = places.approvals(model)
    if raw is None:
        number = last.number if last else 0
        return Question(model, "retire", {"model": model, "from": number}, folder, result)
    entry = sha256(raw)
    known = [item.number for item in ground.log.of(model) if item.kind == "promote" and item.entry == entry]
    if known and last:
        binds = {"model": model, "from": last.number, "to": known[-1]}
        return Question(model, "restore", binds, folder, result)
    return Question(model, "promote", {"model": model, "entry": entry}, folder, result, _reviews(ground, model))


def _reviews(ground: Ground, model: str) -> tuple[str, ...]:
    """Return the ids that an approval must decide: what the rules leave open, and every fact that was lowered."""
    known = [item for item in ground.log.of(model) if item.entry]
    path = places.spec(model)
    lowered: tuple[str, ...] = ()
    if known:
        before = ModelSpec.read(Tree(ground.git, known[-1].commit).need(path), path)
        lowered = ModelSpec.read(ground.after.need(path), path).spec.facts.lowered_since(before.spec.facts)
    return (*ground.judgements[model].reviews, *(f"tier/{name}-lowered" for name in lowered))


def _bound(ground: Ground, name: str) -> dict[str, str]:
    if name == "rules":
        return {"entry": sha256(ground.after.need(places.RULES))}
    changes = ground.changes
    if ground.scope.area == "rules":
        changes = [change for change in changes if change.path in ground.scope.unnamed_code]
    return {"change": change_digest(changes)}


def _decision(name: str) -> Decision:
    for decision in ("rules", "code", "waivers"):
        if decision == name:
            return decision
    raise refuse("DECISION", name, "a decision people make", name)
