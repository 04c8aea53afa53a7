"""Whether what was rightly promoted still holds today, and what a server does about it if not.

* withdrawn, or not holding without a compromised key → stop;
* a rule that fails today under its stage ``always`` → its own action, from ``effective_on`` on; warn if it names none;
* trust that has expired, or a REVIEW of today's → warn: a healthy model never stops at midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification.admit import judge_ground
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Ground
from counterseal.verification.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.git import Git
    from counterseal.verification.judgement import Outcome
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
    evidence: Mapping[str, Any],
    now: datetime,
) -> Standing:
    """Judge a promotion that was rightly made by today's trust and rules."""
    stops = [*_taken_back(log, promotion, trust), *_compromised(git, roots, log, promotion, trust)]
    failing, warned = judged_today(book, evidence, promotion.model or "", now)
    return Standing((*stops, *failing), (*warned, *expired(trust, now)))


def judged_today(
    book: RuleBook, evidence: Mapping[str, Any], model: str, now: datetime
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return (what stops, what warns) by the rules of stage ``always``."""
    policies = {name: policy for name, policy in book.policies.items() if policy.spec.stage == "always"}
    stops: list[Finding] = []
    warns: list[Finding] = []
    for outcome in judge(policies, evidence).outcomes if policies else ():
        if outcome.verdict is Verdict.PASS:
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
        keys = frozenset(key for key, number in trust.spec.compromised.items() if made.number >= number)
        if not keys:
            continue
        merge = read_commit(git, made.commit)
        try:
            judge_ground(Ground(git, roots, log.upto(made.number), merge, made.time, keys))
        except Refused as refusal:
            where, why = places.trust(trust.spec.version), f"without it: {refusal.findings[0].code}"
            mend = "roll back to a promotion that holds without the key"
            found.append(Finding("COMPROMISED", where, "a promotion that holds without the key", why, mend))
    return found
