"""Whether enough different people said yes, each in a role of theirs.

* An approval counts only for what it binds, only with a signature by a key its person holds now, only before
  ``use_before``.
* A bot never counts, nor does an author of what is approved.
* Slots are filled by matching: one person fills one slot, however many roles or keys they have.
* REVIEW ids must all be decided by each approval that counts.
* What a bot wrote needs one human more, in any of the roles asked for.
* A promotion in a tier of ``REPRODUCED`` needs one approval whose person found the same metrics again. That they did is
  their signed word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from counterseal.documents.approval import Approval, file_name
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.approval import ApprovalSpec
    from counterseal.documents.trust import Tier, Trust
    from counterseal.verification.tree import Tree


#: How far the clocks of two honest machines may be apart.
SKEW = timedelta(days=1)
#: The tiers in which somebody who approves must have recomputed the metrics.
REPRODUCED: tuple[Tier, ...] = ("high",)

#: What a quorum may lack: people in the slots, one human more, somebody who recomputed the metrics.
Lack = Literal["slots", "human", "reproduction"]


@dataclass(frozen=True)
class Countersignature:
    """An approval as found in a tree: whose, what it says, and whether its signature holds."""

    person: str
    spec: ApprovalSpec
    digest: str
    path: str
    holds: bool


@dataclass(frozen=True)
class Asked:
    """What a decision asks of those who approve it: a person for each slot, each REVIEW decided, and perhaps more."""

    slots: tuple[str, ...]
    reviews: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    reproduced: bool = False

    @classmethod
    def to_promote(cls, trust: Trust, tier: Tier, reviews: tuple[str, ...], bots: Iterable[str] = ()) -> Asked:
        """Return what promoting a model of a tier asks for; ``bots`` wrote some of its spec or data."""
        return cls(trust.spec.quorums[tier], reviews, tuple(sorted(bots)), tier in REPRODUCED)


@dataclass(frozen=True)
class QuorumResult:
    """How far a set of approvals is from a quorum; truthy once it is met."""

    asked: Asked
    counted: tuple[Countersignature, ...]
    ignored: Mapping[str, str]
    unfilled: tuple[str, ...]
    authors: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Say whether the quorum is met."""
        return bool(self.slots) and not self.lacks

    @property
    def slots(self) -> tuple[str, ...]:
        """The role of each person asked for."""
        return self.asked.slots

    @property
    def people(self) -> tuple[str, ...]:
        """Whose approvals counted, each once."""
        return tuple(dict.fromkeys(item.person for item in self.counted))

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What is still missing."""
        reproduced = any(item.spec.reproduced for item in self.counted)
        missing: tuple[tuple[bool, Lack], ...] = (
            (bool(self.unfilled), "slots"),
            (bool(self.asked.bots) and len(self.people) <= len(self.slots), "human"),
            (self.asked.reproduced and not reproduced, "reproduction"),
        )
        return tuple(lack for applies, lack in missing if applies)

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
    asked: Asked,
    trust: Trust,
    authors: Collection[str],
    now: datetime | None,
    *,
    since: datetime | None = None,
) -> QuorumResult:
    """Count the approvals that bind what is decided; ``now`` None leaves ``use_before`` to whoever keeps a log.

    What was decided at some time from ``since`` to ``now`` is approved by what had not lapsed at ``since``.
    """
    counted, ignored = [], {}
    for item in approvals:
        if not binds(item.spec):
            continue
        if reason := _why_not(item, asked, trust, authors, now, since or now):
            ignored[item.person] = reason
        else:
            counted.append(item)
    left = unfilled(asked.slots, [item.person for item in counted], trust.spec.roles)
    return QuorumResult(asked, tuple(counted), ignored, left, frozenset(authors))


def decided_by(approvals: Iterable[Countersignature]) -> frozenset[str]:
    """Return the REVIEW ids that each of some approvals decides; none if there are no approvals."""
    decisions = [frozenset(item.spec.reviews) for item in approvals]
    return frozenset.intersection(*decisions) if decisions else frozenset()


def demand(result: QuorumResult, where: str) -> QuorumResult:
    """Return a quorum that is met; raise Refused otherwise, saying who is missing and who was not counted."""
    if result:
        return result
    counted = ", ".join(result.people) or "nobody"
    not_counted = "".join(f"; {person} {reason}" for person, reason in sorted(result.ignored.items()))
    mend = "see `counterseal status` for who may sign, and `counterseal approve`"
    raise refuse(_code(result), where, _expected(result.asked), counted + not_counted, mend)


def unfilled(slots: tuple[str, ...], people: Iterable[str], roles: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the slots that are left when each is filled with a different person (Kuhn's augmenting paths)."""
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
    return tuple(role for slot, role in enumerate(slots) if slot not in filled)


def _code(result: QuorumResult) -> str:
    lacks, reasons = result.lacks, result.ignored.values()
    if lacks and "slots" not in lacks:
        return {"human": "BOT_AUTHOR", "reproduction": "NOBODY_REPRODUCED"}[lacks[0]]
    if any(reason.startswith("does not decide") for reason in reasons):
        return "REVIEW_UNDECIDED"
    return "SELF_APPROVAL" if any("wrote" in reason for reason in reasons) else "QUORUM"


def _expected(asked: Asked) -> str:
    more = f", and one human more, for {' and '.join(asked.bots)}, a bot, wrote some of it" if asked.bots else ""
    word = ", one of whom recomputed the metrics" if asked.reproduced else ""
    return f"different people as {' and '.join(asked.slots) or 'nobody'}{more}{word}"


def _why_not(
    item: Countersignature,
    asked: Asked,
    trust: Trust,
    authors: Collection[str],
    now: datetime | None,
    since: datetime | None,
) -> str:
    person, role = trust.spec.people.get(item.person), item.spec.role
    missing = sorted(set(asked.reviews) - set(item.spec.reviews))
    reasons = (
        (person is None or not item.holds, "has no valid signature by a key trusted now"),
        (person is not None and person.bot, "is a bot"),
        (item.person not in trust.spec.roles.get(role, ()), f"is not {role}"),
        (role not in asked.slots, f"signed as {role}, which is not asked for"),
        (item.person in authors, "wrote part of it"),
        (now is not None and item.spec.issued > now + SKEW, "signed with a date in the future"),
        (since is not None and item.spec.use_before < since, "signed what has lapsed since"),
        (bool(missing), f"does not decide {', '.join(missing)}"),
    )
    return next((reason for applies, reason in reasons if applies), "")
