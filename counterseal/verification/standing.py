"""Whether what was rightly promoted still holds today, and what a server does about it if not.

* withdrawn, or not holding without a compromised key → stop;
* a rule that fails today under its stage ``always`` → its own action, from ``effective_on`` on; warn if it names none;
* trust that has expired, or a REVIEW of today's that its approvals did not decide → warn: a healthy model never stops
  at midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import quorum
from counterseal.verification.models import admit_without, judge_proof
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.judgement import Judgement, Outcome
    from counterseal.verification.log import Log
    from counterseal.verification.rulebook import RuleBook


@dataclass(frozen=True)
class Standing:
    """What speaks against a promotion today; truthy while it may serve."""

    stops: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Say whether it may serve."""
        return not self.stops


def standing(
    git: Git,
    roots: Roots,
    log: Log,
    promotion: Promotion,
    trust: Trust,
    book: RuleBook,
    proof: Proof,
    now: datetime,
) -> Standing:
    """Judge a promotion that was rightly made by today's trust and rules."""
    stops = [*_taken_back(log, promotion, trust), *_compromised(git, roots, log, promotion, trust)]
    decided = _decided(git, roots, log.origin(promotion))
    failing, warned = judged_today(judge_proof(git, book, proof), promotion.model or "", now, decided)
    return Standing((*stops, *failing), (*warned, *expired(trust, now)))


def judged_today(
    judged: Judgement, model: str, now: datetime, decided: frozenset[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return (what stops, what warns) by the rules of stage ``always``; a REVIEW among ``decided`` is no news."""
    stops: list[Finding] = []
    warns: list[Finding] = []
    for outcome in (item for item in judged.outcomes if item.stage == "always"):
        if outcome.verdict is Verdict.PASS or (outcome.verdict is Verdict.REVIEW and outcome.id in decided):
            continue
        finding = outcome.finding(places.entry(model))
        (stops if _stops(outcome, now) else warns).append(finding)
    return tuple(stops), tuple(warns)


def expired(trust: Trust, now: datetime) -> tuple[Finding, ...]:
    """Return a warning if the trust has expired."""
    if trust.spec.expires >= now:
        return ()
    where, when = places.trust(trust.spec.version), f"{trust.spec.expires:%Y-%m-%d}"
    mend = "the roots sign a new version; nothing stops, but nothing new should be promoted"
    return (Finding("TRUST_EXPIRED", where, "a trust that has not expired", f"one that expired on {when}", mend),)


def _decided(git: Git, roots: Roots, origin: Promotion) -> frozenset[str]:
    """Return the REVIEW ids that every approval counted for a promotion decided."""
    tree = Tree(git, origin.commit)
    found = quorum.read_approvals(tree, places.approvals(origin.model or ""), trust_at(tree, roots))
    return quorum.decided_by(item for item in found if item.digest in origin.approvals)


def _stops(outcome: Outcome, now: datetime) -> bool:
    in_force = outcome.effective_on is None or outcome.effective_on <= now
    return outcome.verdict is Verdict.FAIL and outcome.on_live == "stop" and in_force


def _taken_back(log: Log, promotion: Promotion, trust: Trust) -> list[Finding]:
    number = log.origin(promotion).number
    if not {number, promotion.number} & set(trust.spec.withdrawn):
        return []
    where = places.trust(trust.spec.version)
    return [Finding("WITHDRAWN", where, "a promotion that may serve", f"{number}, which was withdrawn", "roll back")]


def _compromised(git: Git, roots: Roots, log: Log, promotion: Promotion, trust: Trust) -> list[Finding]:
    found = []
    for made in {promotion.number: promotion, log.origin(promotion).number: log.origin(promotion)}.values():
        keys = trust.compromised_at(made.number)
        try:
            admit_without(git, roots, log, made, keys)
        except Refused as refusal:
            where, why = places.trust(trust.spec.version), f"without it: {refusal.findings[0].code}"
            mend = "roll back to a promotion that holds without the key"
            found.append(Finding("COMPROMISED", where, "a promotion that holds without the key", why, mend))
    return found
