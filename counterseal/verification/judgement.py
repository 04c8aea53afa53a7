"""Policies put to evidence: what each rule says, what was found, and what follows.

The rules:

* A rule is PASS if ``passes`` holds, else REVIEW if ``review`` does, else FAIL.
* Missing evidence, an expression that errs, and no policies at all are FAIL.
* The tier is the first whose condition holds; none, or one that cannot be asked, is refused.
* A policy whose expressions cannot be asked, whose limits are not the ones it uses, or whose tiers leave a gap or fall
  as facts rise, is a finding before any evidence is there (``check_policy``).
* A waiver lets one failure through without changing it: its outcome stays FAIL and says who carries it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, get_args

from counterseal.documents.document import validate
from counterseal.documents.policy import DriftPolicy, Policy, TierPolicy
from counterseal.documents.spec import RANKS, Facts
from counterseal.documents.trust import Tier
from counterseal.documents.waiver import waived
from counterseal.values.finding import Finding, Refused, Verdict, refuse, worst
from counterseal.values.strict_yaml import Source
from counterseal.verification import cel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.policy import Rule
    from counterseal.documents.waiver import Waiver


@dataclass(frozen=True)
class Outcome:
    """What came of one rule; ``errored``: its evidence is missing or cannot be judged; ``waived``: by whom and why."""

    id: str
    verdict: Verdict
    says: str
    found: str
    mend: str
    stage: Literal["promote", "always"]
    on_restore: Literal["warn", "block"]
    on_live: Literal["warn", "stop"]
    effective_on: datetime | None
    errored: bool = False
    waived: str | None = None

    def finding(self, where: str) -> Finding:
        """Tell the outcome as a finding."""
        return Finding(f"RULE_{self.verdict}", where, f"{self.says} ({self.id})", self.found, self.mend)


@dataclass(frozen=True)
class Judgement:
    """The outcomes of all rules, in the order of their ids."""

    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict that is not waived; FAIL if there are no outcomes."""
        return worst(Verdict.PASS if outcome.waived else outcome.verdict for outcome in self.outcomes)

    @property
    def reviews(self) -> tuple[str, ...]:
        """The ids that an Approval must decide."""
        return tuple(outcome.id for outcome in self.outcomes if outcome.verdict is Verdict.REVIEW)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The outcomes that failed and are not waived."""
        return tuple(item for item in self.outcomes if item.verdict is Verdict.FAIL and not item.waived)

    def findings(self, where: str) -> tuple[Finding, ...]:
        """Return a finding for each failure, one if there is nothing to judge by, none unless the verdict is FAIL."""
        if not self.outcomes:
            return (Finding("NO_POLICY", where, "at least one policy to judge by", "none", "restore policies/rules"),)
        return tuple(outcome.finding(where) for outcome in self.failures)


def judge(policies: Mapping[str, Policy], evidence: Mapping[str, Any]) -> Judgement:
    """Put every rule to the evidence."""
    checked = cel.Evidence.of(evidence)
    outcomes = [item for name, policy in sorted(policies.items()) for item in _outcomes(name, policy, checked)]
    return Judgement(tuple(outcomes))


def tier_of(policy: TierPolicy, facts: Mapping[str, Any]) -> Tier:
    """Return the tier that the facts of a spec decide; raise Refused if none does."""
    validate(Facts, Source(dict(facts), "spec.facts", {}))
    rules = policy.spec.tiers
    question = cel.Evidence.of({"facts": dict(facts)}).question(cel.FACTS, *(rule.when for rule in rules))
    for rule in rules:
        answer = question.holds(rule.when)
        if answer.error:
            raise refuse("TIER_UNKNOWN", "spec.facts", f"facts that say whether the tier is {rule.tier}", answer.error)
        if answer.value:
            return rule.tier
    raise refuse("TIER_UNKNOWN", "spec.facts", "facts that one tier's condition holds for", f"none for {dict(facts)}")


def apply_waivers(judgement: Judgement, waivers: Iterable[Waiver], model: str, now: datetime) -> Judgement:
    """Mark the failures that a waiver covers now; what erred, and what is REVIEW, is never covered."""
    waivers = tuple(waivers)

    def marked(outcome: Outcome) -> Outcome:
        if outcome.verdict is not Verdict.FAIL or outcome.errored:
            return outcome
        waiver = waived(outcome.id, outcome.found, waivers, model, now)
        return replace(outcome, waived=waiver.summary()) if waiver else outcome

    return Judgement(tuple(map(marked, judgement.outcomes)))


def idle_waivers(judgement: Judgement, waivers: Iterable[Waiver], model: str, now: datetime) -> tuple[Finding, ...]:
    """Return a finding for each waiver of this model that lets nothing through, with the reason."""
    failed = [item for item in judgement.outcomes if item.verdict is Verdict.FAIL]
    findings = []
    for waiver in waivers:
        spec, name = waiver.spec, waiver.metadata.name
        at_rule = [item for item in failed if item.id == spec.rule]
        reason = waiver.inert(now) or (not at_rule and f"{spec.rule} does not fail") or ""
        reason = reason or next((_uncovered(waiver, item) for item in at_rule), "")
        if spec.model == model and reason:
            expected = f"a failure of {spec.rule} that it may cover"
            findings.append(Finding("WAIVER_IDLE", f"policies/waivers/{name}.yaml", expected, reason, "remove it"))
    return tuple(findings)


def _uncovered(waiver: Waiver, outcome: Outcome) -> str:
    if outcome.errored:
        return f"evidence that cannot be judged, which nothing waives: {outcome.found}"
    return "" if outcome.found == waiver.spec.found else f"another failure: {outcome.found}"


def _outcomes(name: str, policy: Policy, evidence: cel.Evidence) -> list[Outcome]:
    spec = policy.spec
    limits = spec.model_dump(mode="json")["limits"]
    expressions = [text for rule in spec.rules for text in (rule.passes, rule.review or "", rule.found)]
    question = evidence.plus("limits", limits).question(cel.EVIDENCE, *expressions)
    common = (spec.stage, spec.on_restore, spec.on_live, spec.effective_on)
    outcomes = []
    for rule in spec.rules:
        verdict, found, errored = _put(rule, question)
        outcomes.append(Outcome(f"{name}/{rule.id}", verdict, rule.says, found, rule.mend, *common, errored=errored))
    return outcomes


def _put(rule: Rule, question: cel.Question) -> tuple[Verdict, str, bool]:
    """Put one rule to the evidence; whichever of its expressions errs, it fails."""
    passes, found = question.holds(rule.passes), question.tells(rule.found)
    asks_review = rule.review is not None and passes.value is False
    review = question.holds(rule.review) if rule.review and asks_review else cel.Answer(value=False)
    if error := passes.error or review.error or found.error:
        return Verdict.FAIL, error, True
    verdict = Verdict.PASS if passes.value else Verdict.REVIEW if review.value else Verdict.FAIL
    return verdict, str(found.value) or "none", False


def check_policy(policy: Policy | TierPolicy | DriftPolicy, where: str) -> tuple[Finding, ...]:
    """Return what is wrong with a policy before any evidence is there."""
    if isinstance(policy, TierPolicy):
        return tuple(_expression_findings(_tier_expressions(policy), cel.FACTS, where)) or tuple(_gaps(policy, where))
    if isinstance(policy, DriftPolicy):
        spec = policy.spec
        wrong = spec.warning > spec.alert
        expected, found = "a warning at or below the alert", f"warning {spec.warning}, alert {spec.alert}"
        return (Finding("POLICY_LIMIT", where, expected, found, "swap them"),) if wrong else ()
    return (
        *_expression_findings(_expressions(policy), cel.EVIDENCE, where),
        *_limit_findings(policy, where),
        *_twice(policy, where),
    )


def _expressions(policy: Policy) -> Iterable[tuple[str, str, cel.Kind]]:
    for rule in policy.spec.rules:
        yield f"{rule.id}.passes", rule.passes, "condition"
        if rule.review:
            yield f"{rule.id}.review", rule.review, "condition"
        yield f"{rule.id}.found", rule.found, "text"


def _tier_expressions(policy: TierPolicy) -> Iterable[tuple[str, str, cel.Kind]]:
    return [(f"{rule.tier}.when", rule.when, "condition") for rule in policy.spec.tiers]


def _expression_findings(
    expressions: Iterable[tuple[str, str, cel.Kind]], names: tuple[str, ...], where: str
) -> Iterable[Finding]:
    for place, expression, kind in expressions:
        if problem := cel.problem(expression, names, kind):
            expected = f"{place} to be a CEL expression over {', '.join(names)} that gives a {kind}"
            yield Finding("POLICY_EXPRESSION", where, expected, problem, "see docs/adr/0001-policy-language.md")


def _limit_findings(policy: Policy, where: str) -> Iterable[Finding]:
    """Limits are what an auditor reads: each is used, and each one used is there."""
    text = " ".join(expression for _, expression, _ in _expressions(policy))
    used = set(re.findall(r"\blimits\.([A-Za-z_][A-Za-z0-9_]*)", text))
    for name in sorted(used ^ set(policy.spec.limits)):
        found = f"{name} is used, but not there" if name in used else f"{name} is there, but not used"
        yield Finding("POLICY_LIMIT", where, "limits that the rules use, and no others", found)


def _twice(policy: Policy, where: str) -> Iterable[Finding]:
    for name, times in Counter(rule.id for rule in policy.spec.rules).items():
        if times > 1:
            yield Finding("POLICY_RULE_TWICE", where, "each rule's id once", f"{name} {times} times")


def _gaps(policy: TierPolicy, where: str) -> Iterable[Finding]:
    """Ask for every combination of facts: each has a tier, and no fact that becomes more consequential lowers it."""
    tiers: dict[tuple[object, ...], int] = {}
    for values in product(*RANKS.values()):
        facts = dict(zip(RANKS, values, strict=True))
        try:
            tiers[values] = _TIERS.index(tier_of(policy, facts))
        except Refused as refused:
            yield Finding("TIER_GAP", where, "a tier for every combination of facts", str(refused.findings[0].found))
            return
    for values, tier in tiers.items():
        for raised in _raised(values):
            if tiers[raised] < tier:
                found = f"{_TIERS[tier]} for {values}, {_TIERS[tiers[raised]]} for {raised}"
                yield Finding("TIER_ORDER", where, "a tier that never falls as facts become more consequential", found)


_TIERS: tuple[Tier, ...] = get_args(Tier)


def _raised(values: tuple[object, ...]) -> Iterable[tuple[object, ...]]:
    """Return the combinations in which exactly one fact is one step more consequential."""
    for place, rank in enumerate(RANKS.values()):
        above = rank.index(values[place]) + 1
        if above < len(rank):
            yield (*values[:place], rank[above], *values[place + 1 :])
