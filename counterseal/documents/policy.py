"""Policies as data: rules in CEL over evidence, tiers from facts, and the cases that test them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from counterseal.documents.document import Document, Value
from counterseal.documents.trust import Tier
from counterseal.values.finding import Verdict
from counterseal.values.instant import Instant
from counterseal.values.names import Identifier, Name, RelativePath, Text

Expression = Annotated[str, Field(min_length=1, max_length=2000)]


class Rule(Value):
    """One question: PASS if ``passes`` holds, else REVIEW if ``review`` does, else FAIL."""

    id: Name
    says: Text
    passes: Expression
    review: Expression | None = None
    found: Expression
    mend: Text


class PolicySpec(Value):
    """Some rules about one concern.

    ``stage`` promote: only a promotion answers to them; always: what serves does, too.
    ``on_restore`` says whether a restore that fails them is blocked, ``on_live`` what a server does when they newly
    fail.
    """

    title: Text
    why: Text
    stage: Literal["promote", "always"] = "always"
    on_restore: Literal["warn", "block"] = "warn"
    on_live: Literal["warn", "stop"] = "warn"
    effective_on: Instant | None = None
    limits: dict[Identifier, float | int | str | bool | tuple[str, ...]] = {}
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


class Policy(Document):
    """policies/rules/<id>/policy.yaml."""

    KIND: ClassVar[str] = "Policy"
    kind: Literal["Policy"]
    spec: PolicySpec


class TierRule(Value):
    """A tier and when it is the one."""

    tier: Tier
    when: Expression
    says: Text


class TierPolicySpec(Value):
    """Tiers in order, the first that holds stands; none is a failure, not the lowest."""

    title: Text
    why: Text
    tiers: Annotated[tuple[TierRule, ...], Field(min_length=1)]


class TierPolicy(Document):
    """policies/rules/tier/policy.yaml."""

    KIND: ClassVar[str] = "TierPolicy"
    kind: Literal["TierPolicy"]
    spec: TierPolicySpec


class Case(Value):
    """A sample and what must come of it: a verdict for each rule, or a tier."""

    name: Name
    sample: RelativePath
    expect: dict[Name, Verdict] = {}
    tier: Tier | None = None


class SuiteSpec(Value):
    """The cases; a policy without both a passing and a failing one is refused."""

    cases: Annotated[tuple[Case, ...], Field(min_length=2)]


class Suite(Document):
    """policies/rules/<id>/suite.yaml."""

    KIND: ClassVar[str] = "Suite"
    kind: Literal["Suite"]
    spec: SuiteSpec


class Sample(Document):
    """policies/rules/<id>/samples/*.yaml: evidence, or the part of it that the policy reads."""

    KIND: ClassVar[str] = "Sample"
    kind: Literal["Sample"]
    spec: dict[str, Any]


class DriftPolicySpec(Value):
    """From how many rows on a server judges drift, and from which sample-size-corrected PSI on it warns or alerts."""

    title: Text
    why: Text
    window: Annotated[int, Field(ge=1)]
    warning: Annotated[float, Field(gt=0)]
    alert: Annotated[float, Field(gt=0)]


class DriftPolicy(Document):
    """policies/rules/drift/policy.yaml."""

    KIND: ClassVar[str] = "DriftPolicy"
    kind: Literal["DriftPolicy"]
    spec: DriftPolicySpec
