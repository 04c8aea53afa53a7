"""Whether what was rightly promoted still holds today, and what a server does about it if not.

* withdrawn, or not holding without a compromised key → stop;
* a rule that fails today under its stage ``always`` → its own action, from ``effective_on`` on; warn if it names none;
* a failure that a waiver covers now → warn, as waived; the day the waiver ends, the failure is back;
* a sandbox → warn, always;
* trust that has expired, or a REVIEW of today's that its approvals did not decide → warn: a healthy model never stops
  at midnight.

Rules are asked twice, over the stored evidence. *What is known today*, the vulnerabilities that the newest advisories
name, may stop a model. *How well it is known*, their age and what they leave out, may only warn. The age is counted in
days begun, so that an answer is the same all day, and changes at the moment that a limit in days is passed.

Only ``Holding.at`` needs to know the time, and it reads nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.values import instant
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import quorum
from counterseal.verification.as_of import judge_proof, known_today
from counterseal.verification.judgement import apply_waivers, judge
from counterseal.verification.models import admit_without
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.inforce import InForce
    from counterseal.verification.judgement import Judgement, Outcome
    from counterseal.verification.log import Log
    from counterseal.verification.rulebook import RuleBook

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Today:
    """What judges what serves: the newest trust, the live rules, the waivers and advisories in force."""

    trust: Trust
    book: RuleBook
    in_force: InForce


@dataclass(frozen=True)
class Standing:
    """What speaks against a promotion today; truthy while it may serve."""

    stops: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Say whether it may serve."""
        return not self.stops


@dataclass(frozen=True)
class Holding:
    """A proof before today's judges; ``fallen`` is what speaks against it at any time."""

    git: Git
    today: Today
    proof: Proof
    decided: frozenset[str]
    fallen: tuple[Finding, ...] = ()
    _aged: dict[int, Judgement] = field(default_factory=dict, compare=False, repr=False)

    def at(self, now: datetime) -> Standing:
        """Say how it stands at a time."""
        stops, warnings = list(self.fallen), list[Finding]()
        where = places.entry(self.model)
        for outcome in self._open(now):
            if outcome.waived:
                warnings.append(_waived(outcome, where))
            elif _stops(outcome, now):
                stops.append(outcome.finding(where))
            else:
                warnings.append(outcome.finding(where))
        return Standing(tuple(stops), (*warnings, *expired(self.today.trust, now)))

    @property
    def model(self) -> str:
        """The model's name."""
        return self.proof.entry.metadata.name

    def _open(self, now: datetime) -> Iterator[Outcome]:
        """Return what fails, and what people must decide, of the rules of stage ``always``; the worse answer of two."""
        waivers = self.today.in_force.waivers
        known, aged = (apply_waivers(judged, waivers, self.model, now) for judged in (self.known, self.aged(now)))
        for first, second, then in zip(known.outcomes, aged.outcomes, self.stored.outcomes, strict=True):
            fails = first.verdict is Verdict.FAIL and not first.waived
            outcome = first if fails else replace(second, on_live="warn")
            decided = outcome.id in self.decided and outcome.found == then.found
            news = outcome.verdict is Verdict.FAIL or (outcome.verdict is Verdict.REVIEW and not decided)
            if outcome.stage == "always" and news:
                yield outcome

    @cached_property
    def stored(self) -> Judgement:
        """What the live rules say of the evidence as it was made."""
        return judge_proof(self.git, self.today.book, self.proof)

    @cached_property
    def known(self) -> Judgement:
        """What they say with the vulnerabilities known today."""
        return known_today(self.git, self.today.book, self.proof, self.today.in_force.snapshot)

    def aged(self, now: datetime) -> Judgement:
        """Say what they say with the advisories as they are, at their age."""
        days = _days(now - self._retrieved) if self._retrieved else 0
        if days not in self._aged:
            snapshot, policies = self.today.in_force.snapshot, self.today.book.policies
            key = ("aged", self.today.book.digest, self.proof.digest, snapshot and snapshot.digest, days)
            evidence = {**self.proof.evidence, "findings": self._findings(days)}
            self._aged.clear()
            self._aged[days] = self.git.remember(key, lambda: judge(policies, evidence))
        return self._aged[days]

    @cached_property
    def _retrieved(self) -> datetime | None:
        """When the advisories were retrieved; None where the evidence names no database, which the rules then fail."""
        snapshot = self.today.in_force.snapshot
        try:
            then = instant.parse(self.proof.evidence["findings"]["db"]["lastUpdate"])
        except (LookupError, TypeError, ValueError):
            return None
        return snapshot.advisories.spec.retrieved if snapshot else then

    def _findings(self, days: int) -> Mapping[str, Any]:
        """Return the findings as an audit would make them ``days`` after the advisories were retrieved."""
        found: Mapping[str, Any] = self.proof.evidence["findings"]
        if self._retrieved is None:
            return found
        found = {**found, "scanned": instant.render(self._retrieved + days * _DAY)}
        snapshot = self.today.in_force.snapshot
        if snapshot is None:
            return found
        scan = snapshot.advisories.scan(self.proof.evidence["bom"])
        source = {**found["db"], "version": snapshot.digest, "lastUpdate": instant.render(self._retrieved)}
        fresh = {"result": scan.result, "unknown": scan.unknown, "scanned_components": scan.components}
        return {**found, **fresh, "db": source}


def holding(git: Git, roots: Roots, log: Log, promotion: Promotion, today: Today, proof: Proof) -> Holding:
    """Put a promotion that was rightly made before today's judges."""
    fallen = (*_taken_back(log, promotion, today.trust), *_compromised(git, roots, log, promotion, today.trust))
    return Holding(git, today, proof, _decided(git, roots, log.origin(promotion)), fallen)


def expired(trust: Trust, now: datetime) -> tuple[Finding, ...]:
    """Return a warning if the trust has expired."""
    if trust.spec.expires >= now:
        return ()
    where, when = places.trust(trust.spec.version), f"{trust.spec.expires:%Y-%m-%d}"
    mend = "the roots sign a new version; nothing stops, but nothing new should be promoted"
    return (Finding("TRUST_EXPIRED", where, "a trust that has not expired", f"one that expired on {when}", mend),)


def marked(trust: Trust) -> tuple[Finding, ...]:
    """Return a warning if the trust is a sandbox's: whoever serves it, and whoever asks, must know."""
    if not trust.spec.sandbox:
        return ()
    where = places.trust(trust.spec.version)
    mend = "for your own eyes only; `counterseal init` starts what others may rely on"
    return (Finding("SANDBOX", where, "keys that only their holders have", "keys that everybody has", mend),)


def _days(age: timedelta) -> int:
    """Count the days begun, away from none in both directions."""
    return -(-age // _DAY) if age > timedelta(0) else age // _DAY


def _decided(git: Git, roots: Roots, origin: Promotion) -> frozenset[str]:
    """Return the REVIEW ids that every approval counted for a promotion decided."""
    tree = Tree(git, origin.commit)
    found = quorum.read_approvals(tree, places.approvals(origin.model or ""), trust_at(tree, roots))
    return quorum.decided_by(item for item in found if item.digest in origin.approvals)


def _stops(outcome: Outcome, now: datetime) -> bool:
    in_force = outcome.effective_on is None or outcome.effective_on <= now
    return outcome.verdict is Verdict.FAIL and outcome.on_live == "stop" and in_force


def _waived(outcome: Outcome, where: str) -> Finding:
    told = outcome.finding(where)
    return Finding("RULE_WAIVED", where, told.expected, f"{outcome.found}, waived by {outcome.waived}", told.mend)


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
