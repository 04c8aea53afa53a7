from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from counterseal.documents.policy import (
    DriftPolicy,
    DriftPolicySpec,
    Policy,
    PolicySpec,
    Rule,
    TierPolicy,
    TierPolicySpec,
    TierRule,
)
from counterseal.documents.waiver import Waiver, WaiverSpec
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.judgement import Judgement, apply_waivers, check_policy, idle_waivers, judge, tier_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WHERE = "policies/rules/auc/policy.yaml"


def rule(**changes: Any) -> Rule:
    values = {
        "id": "auc",
        "says": "It is good.",
        "passes": "evaluation.low >= limits.auc",
        "review": "evaluation.high >= limits.auc",
        "found": '"[%.2f, %.2f]".format([evaluation.low, evaluation.high])',
        "mend": "Do better.",
    }
    return Rule(**{**values, **changes})


def policy(*rules: Rule, **changes: Any) -> Policy:
    values = {"title": "A title", "why": "A reason", "limits": {"auc": 0.7}, "rules": rules or (rule(),)}
    return Policy.of("auc", PolicySpec(**{**values, **changes}))


def judged(evidence: dict[str, Any], *rules: Rule, **changes: Any) -> Judgement:
    return judge({"auc": policy(*rules, **changes)}, evidence)


def between(low: float, high: float) -> dict[str, Any]:
    return {"evaluation": {"low": low, "high": high}}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.7, 0.8, Verdict.PASS), (0.69, 0.7, Verdict.REVIEW), (0.6, 0.69, Verdict.FAIL)],
)
def test_an_interval_passes_straddles_or_fails(low: float, high: float, verdict: Verdict) -> None:
    found = judged(between(low, high))
    assert found.verdict is verdict
    assert found.outcomes[0].found == f"[{low:.2f}, {high:.2f}]"
    assert found.reviews == (("auc/auc",) if verdict is Verdict.REVIEW else ())
    assert [item.id for item in found.failures] == (["auc/auc"] if verdict is Verdict.FAIL else [])


def test_an_outcome_says_what_its_policy_declares() -> None:
    declared = {"stage": "promote", "on_restore": "block", "on_live": "stop", "effective_on": NOW}
    outcome = judged(between(0.1, 0.2), **declared).outcomes[0]
    assert {name: getattr(outcome, name) for name in declared} == declared
    assert (outcome.says, outcome.mend) == ("It is good.", "Do better.")


def test_a_failure_is_a_finding() -> None:
    (finding,) = judged(between(0.1, 0.2)).findings("registry/credit")
    assert (finding.code, finding.where) == ("RULE_FAIL", "registry/credit")
    assert str(finding) == (
        "registry/credit: RULE_FAIL: expected It is good. (auc/auc), found [0.10, 0.20] — Do better."
    )
    assert judged(between(0.7, 0.8)).findings("registry/credit") == ()
    assert judged(between(0.69, 0.8)).findings("registry/credit") == (), "a REVIEW is decided, not mended"


def test_no_policies_fail() -> None:
    nothing = judge({}, between(0.9, 0.95))
    assert nothing.verdict is Verdict.FAIL
    assert [finding.code for finding in nothing.findings("x")] == ["NO_POLICY"]


@pytest.mark.parametrize(
    "evidence", [{}, {"evaluation": None}, {"evaluation": {}}, {"evaluation": {"low": 0.9}}, {"spec": {"low": 0.9}}]
)
def test_missing_evidence_fails(evidence: dict[str, Any]) -> None:
    found = judged(evidence)
    assert found.verdict is Verdict.FAIL
    assert found.outcomes[0].errored


@pytest.mark.parametrize(
    "broken",
    [
        {"passes": "evaluation.nothing >= 0.7"},
        {"passes": "evaluation.low >="},
        {"passes": "evaluation.low"},
        {"passes": "evaluation.low >= 0.8", "review": "evaluation.nothing == 1"},
        {"found": "evaluation.nothing"},
        {"found": "evaluation"},
    ],
)
def test_whatever_errs_fails(broken: dict[str, str]) -> None:
    outcome = judged(between(0.75, 0.8), rule(**broken)).outcomes[0]
    assert (outcome.verdict, outcome.errored) == (Verdict.FAIL, True)
    assert outcome.found


def test_an_error_in_passes_does_not_fall_through_to_review() -> None:
    outcome = judged(between(0.75, 0.8), rule(passes="evaluation.nothing == 1", review="true")).outcomes[0]
    assert outcome.verdict is Verdict.FAIL


def test_a_failure_without_review_fails() -> None:
    assert judged(between(0.69, 0.8), rule(review=None)).verdict is Verdict.FAIL


def test_the_worst_stands_and_outcomes_come_in_order() -> None:
    good, bad = policy(rule(id="b"), rule(id="a")), policy(rule(passes="false", review="false"))
    found = judge({"z": good, "m": bad}, between(0.8, 0.9))
    assert [item.id for item in found.outcomes] == ["m/auc", "z/b", "z/a"]
    assert found.verdict is Verdict.FAIL


# --- tiers


def tiers(*conditions: tuple[str, str]) -> TierPolicy:
    rules = tuple(TierRule(tier=tier, when=when, says="So it is.") for tier, when in conditions)  # type: ignore[arg-type]
    return TierPolicy.of("tier", TierPolicySpec(title="A title", why="A reason", tiers=rules))


FACTS = {"personal_data": True, "decision": "informs", "significant_effect": False}
HIGH = ("high", "facts.personal_data == true")
LOW = ("low", "true")


def test_the_first_tier_that_holds_stands() -> None:
    assert tier_of(tiers(HIGH, LOW), FACTS) == "high"
    assert tier_of(tiers(HIGH, LOW), {**FACTS, "personal_data": False}) == "low"
    assert tier_of(tiers(LOW, HIGH), FACTS) == "low"


@pytest.mark.parametrize(
    ("policy", "facts"),
    [
        (tiers(HIGH), {**FACTS, "personal_data": False}),
        (tiers(("high", "facts.nothing == true"), LOW), FACTS),
        (tiers(("high", "facts.personal_data"), LOW), FACTS),
        (tiers(LOW), {}),
        (tiers(LOW), {**FACTS, "decision": "guesses"}),
        (tiers(LOW), {**FACTS, "tier": "low"}),
    ],
)
def test_no_tier_is_refused(policy: TierPolicy, facts: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        tier_of(policy, facts)


# --- policies before there is evidence


def codes(policy: Policy | TierPolicy | DriftPolicy) -> list[str]:
    return [finding.code for finding in check_policy(policy, WHERE)]


def test_a_good_policy_has_no_findings() -> None:
    assert codes(policy()) == []
    assert codes(tiers(HIGH, LOW)) == []


@pytest.mark.parametrize("field", ["passes", "review", "found"])
def test_an_expression_that_cannot_be_asked_is_a_finding(field: str) -> None:
    (finding,) = check_policy(policy(rule(), rule(id="other", **{field: "evaluation.low >= limits.auc &&"})), WHERE)
    assert (finding.code, finding.where) == ("POLICY_EXPRESSION", WHERE)
    assert f"other.{field}" in finding.expected


def test_limits_are_those_that_are_used() -> None:
    assert codes(policy(limits={})) == ["POLICY_LIMIT"]
    assert codes(policy(limits={"auc": 0.7, "uac": 0.8})) == ["POLICY_LIMIT"]


def test_a_rules_id_stands_once() -> None:
    assert codes(policy(rule(), rule())) == ["POLICY_RULE_TWICE"]


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (tiers(HIGH), "TIER_GAP"),
        (tiers(("high", "facts.persnal_data == true"), LOW), "TIER_GAP"),
        (tiers(("high", "facts.personal_data =="), LOW), "POLICY_EXPRESSION"),
        (tiers(("high", "facts.personal_data == false"), LOW), "TIER_ORDER"),
        (tiers(("medium", 'facts.decision == "informs"'), LOW), "TIER_ORDER"),
    ],
)
def test_tiers_leave_no_gap_and_never_fall_as_facts_rise(policy: TierPolicy, code: str) -> None:
    assert set(codes(policy)) == {code}


def test_a_drift_policy_warns_before_it_alerts() -> None:
    spec: dict[str, Any] = {"title": "A title", "why": "A reason", "window": 500}
    assert codes(DriftPolicy.of("drift", DriftPolicySpec(**spec, warning=0.1, alert=0.2))) == []
    assert codes(DriftPolicy.of("drift", DriftPolicySpec(**spec, warning=0.2, alert=0.1))) == ["POLICY_LIMIT"]


# --- waivers

FAILED = judged(between(0.6, 0.65))


def waiver(**changes: Any) -> Waiver:
    values = {
        "rule": "auc/auc",
        "model": "credit",
        "found": "[0.60, 0.65]",
        "reason": "It is being retrained.",
        "owner": "olga",
        "issued": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=30),
    }
    return Waiver.of("credit-auc", WaiverSpec(**{**values, **changes}))


def test_a_waived_failure_is_let_through_and_still_told_as_one() -> None:
    found = apply_waivers(FAILED, [waiver()], "credit", NOW)
    assert found.verdict is Verdict.PASS
    assert found.failures == ()
    assert found.findings("x") == ()
    assert found.outcomes[0].verdict is Verdict.FAIL
    assert found.outcomes[0].waived == "credit-auc: olga, until 2026-12-22T00:00:00Z: It is being retrained."
    assert idle_waivers(FAILED, [waiver()], "credit", NOW) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires": NOW}, "expired"),
        ({"issued": NOW + timedelta(seconds=1)}, "not yet"),
        ({"found": "[0.60, 0.66]"}, "another failure: [0.60, 0.65]"),
        ({"rule": "auc/brier"}, "auc/brier does not fail"),
    ],
)
def test_a_waiver_that_does_not_fit_does_nothing_and_is_told(changes: dict[str, Any], reason: str) -> None:
    assert apply_waivers(FAILED, [waiver(**changes)], "credit", NOW) == FAILED
    (finding,) = idle_waivers(FAILED, [waiver(**changes)], "credit", NOW)
    assert (finding.code, finding.where) == ("WAIVER_IDLE", "policies/waivers/credit-auc.yaml")
    assert reason in finding.found


def test_another_models_waiver_does_nothing_here() -> None:
    assert apply_waivers(FAILED, [waiver(model="other")], "credit", NOW) == FAILED
    assert idle_waivers(FAILED, [waiver(model="other")], "credit", NOW) == ()


def test_missing_evidence_and_reviews_are_never_waived() -> None:
    missing, review = judged({}), judged(between(0.6, 0.75))
    for found in (missing, review):
        cover = waiver(found=found.outcomes[0].found)
        assert apply_waivers(found, [cover], "credit", NOW) == found
        assert len(idle_waivers(found, [cover], "credit", NOW)) == 1


def test_one_waiver_does_not_cover_what_else_fails() -> None:
    failed = judged(between(0.6, 0.65), rule(), rule(id="other"))
    found = apply_waivers(failed, [waiver()], "credit", NOW)
    assert found.verdict is Verdict.FAIL
    assert [item.id for item in found.failures] == ["auc/other"]
