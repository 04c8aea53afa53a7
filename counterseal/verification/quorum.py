"""Whether enough different people said yes, each in a role of theirs.

* An approval counts only for what it binds, only with a signature by a key its person holds now, only before
  ``use_before``.
* A bot never counts, nor does an author of what is approved.
* Slots are filled by matching: one person fills one slot, however many roles or keys they have.
* REVIEW ids must all be decided by each approval that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from counterseal.documents.approval import Approval, file_name
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.approval import ApprovalSpec
    from counterseal.documents.trust import Trust
    from counterseal.verification.tree import Tree


#: How far the clocks of two honest machines may be apart.
SKEW = timedelta(days=1)


@dataclass(frozen=True)
class Countersignature:
    """An approval as found in a tree: whose, what it says, and whether its signature holds."""

    person: str
    spec: ApprovalSpec
    digest: str
    path: str
    holds: bool


@dataclass(frozen=True)
class QuorumResult:
    """How far a set of approvals is from a quorum; truthy once it is met."""

    slots: tuple[str, ...]
    counted: tuple[Countersignature, ...]
    ignored: Mapping[str, str]
    met: bool

    def __bool__(self) -> bool:
        """Say whether the quorum is met."""
        return self.met

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of the approvals that counted, sorted."""
        return tuple(sorted(item.digest for item in self.counted))


def read_approvals(tree: Tree, folder: str, trust: Trust) -> list[Countersignature]:
    """Read the approvals of a folder; what does not parse is refused, what is not signed is kept and does not hold."""
    found = []
    for name in tree.names(folder):
        path = f"{folder}/{name}"
        if not name.endswith(".yaml"):
            if tree.blob(path):
                raise refuse("APPROVAL_NAME", path, "a file <person>.yaml", name)
            continue
        data = tree.need(path)
        approval, sealed = Approval.open(data, path)
        person = approval.metadata.name
        if name != file_name(person, approval.spec.decision):
            raise refuse("APPROVAL_NAME", path, file_name(person, approval.spec.decision), name)
        holds = person in sealed.signers(trust.keys_of([person])) and approval.spec.log_id == trust.spec.log_id
        found.append(Countersignature(person, approval.spec, sha256(data), path, holds))
    return found


def count(
    approvals: Iterable[Countersignature],
    binds: Callable[[ApprovalSpec], bool],
    slots: tuple[str, ...],
    trust: Trust,
    authors: Collection[str],
    now: datetime | None,
    reviews: Collection[str] = (),
) -> QuorumResult:
    """Count the approvals that bind what is decided; ``now`` None leaves ``use_before`` to whoever keeps a log."""
    counted, ignored = [], {}
    for item in approvals:
        if not binds(item.spec):
            continue
        if reason := _why_not(item, trust, authors, now, reviews):
            ignored[item.person] = reason
        else:
            counted.append(item)
    people = [item.person for item in counted]
    met = bool(slots) and _match(slots, people, trust.spec.roles)
    return QuorumResult(slots, tuple(counted), ignored, met)


def decided_by(approvals: Iterable[Countersignature]) -> frozenset[str]:
    """Return the REVIEW ids that each of some approvals decides; none if there are no approvals."""
    decisions = [frozenset(item.spec.reviews) for item in approvals]
    return frozenset.intersection(*decisions) if decisions else frozenset()


def demand(result: QuorumResult, where: str) -> QuorumResult:
    """Return a quorum that is met; raise Refused otherwise, saying who is missing and who was not counted."""
    if result:
        return result
    code = "QUORUM"
    if any(reason.startswith("does not decide") for reason in result.ignored.values()):
        code = "REVIEW_UNDECIDED"
    elif any("wrote" in reason for reason in result.ignored.values()):
        code = "SELF_APPROVAL"
    counted = ", ".join(item.person for item in result.counted) or "nobody"
    not_counted = "".join(f"; {person} {reason}" for person, reason in sorted(result.ignored.items()))
    raise _refused(code, where, result.slots, counted + not_counted)


def _refused(code: str, where: str, slots: tuple[str, ...], found: str) -> Refused:
    mend = "see `counterseal status` for who may sign, and `counterseal approve`"
    return refuse(code, where, f"different people as {' and '.join(slots) or 'nobody'}", found, mend)


def _why_not(
    item: Countersignature, trust: Trust, authors: Collection[str], now: datetime | None, reviews: Collection[str]
) -> str:
    person = trust.spec.people.get(item.person)
    missing = sorted(set(reviews) - set(item.spec.reviews))
    reasons = (
        (person is None or not item.holds, "has no valid signature by a key trusted now"),
        (person is not None and person.bot, "is a bot"),
        (item.person not in trust.spec.roles.get(item.spec.role, ()), f"is not {item.spec.role}"),
        (item.person in authors, "wrote part of it"),
        (now is not None and item.spec.issued > now + SKEW, "signed with a date in the future"),
        (now is not None and item.spec.use_before < now, "signed what has lapsed since"),
        (bool(missing), f"does not decide {', '.join(missing)}"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _match(slots: tuple[str, ...], people: list[str], roles: Mapping[str, tuple[str, ...]]) -> bool:
    """Fill each slot with a different person (Kuhn's augmenting paths)."""
    filled: dict[int, str] = {}

    def place(person: str, seen: set[int]) -> bool:
        for slot, role in enumerate(slots):
            if slot in seen or person not in roles.get(role, ()):
                continue
            seen.add(slot)
            if slot not in filled or place(filled[slot], seen):
                filled[slot] = person
                return True
        return False

    for person in dict.fromkeys(people):
        place(person, set())
    return len(filled) == len(slots)
