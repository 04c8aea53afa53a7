"""Policies as documents: their parts have their forms; what they mean is judged elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from counterseal.documents import places
from counterseal.documents.document import Document
from counterseal.documents.policy import DriftPolicy, Policy, Sample, Suite, TierPolicy
from counterseal.values import strict_json
from counterseal.values.finding import Refused, Verdict
from tests.goldens.examples import NOW, policies

FILES = policies()
POLICY = Policy.read(FILES[places.rule("quality", "policy.yaml")], "x")
RULE: dict[str, Any] = POLICY.plain()["spec"]["rules"][0]


def with_spec(kind: type[Document], path: str, **fields: Any) -> bytes:
    value = kind.read(FILES[path], path).plain()
    return strict_json.canonical(value | {"spec": value["spec"] | fields})


def test_limits_keep_their_types() -> None:
    limits = POLICY.spec.limits
    assert limits == {"auc": 0.7, "rows": 500, "strict": True, "licences": ("Apache-2.0", "MIT"), "name": "no"}
    assert [type(value) for value in limits.values()] == [float, int, bool, tuple, str]
    again = Policy.read(POLICY.write(), "x").spec.limits
    assert [type(value) for value in again.values()] == [float, int, bool, tuple, str]


def test_what_a_policy_leaves_out() -> None:
    path = places.rule("quality", "policy.yaml")
    value = POLICY.plain()
    spec = {name: value["spec"][name] for name in ("title", "why", "rules")}
    bare = Policy.read_json(strict_json.canonical(value | {"spec": spec}), path).spec
    assert (bare.stage, bare.on_restore, bare.on_live, bare.effective_on) == ("always", "warn", "warn", None)
    assert POLICY.spec.effective_on == NOW


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": []},
        {"rules": [RULE | {"id": "A b"}]},
        {"rules": [RULE | {"passes": ""}]},
        {"rules": [RULE | {"passes": "x" * 2001}]},
        {"rules": [RULE | {"review": ""}]},
        {"rules": [{name: RULE[name] for name in RULE if name != "mend"}]},
        {"stage": "never"},
        {"on_restore": "stop"},
        {"on_live": "block"},
        {"limits": {"a b": 1}},
        {"limits": {"a": None}},
        {"limits": {"a": {"b": 1}}},
        {"limits": {"a": [1]}},
        {"effective_on": "tomorrow"},
    ],
)
def test_what_is_no_policy(fields: dict[str, Any]) -> None:
    path = places.rule("quality", "policy.yaml")
    assert Policy.read_json(with_spec(Policy, path), path) == POLICY
    with pytest.raises(Refused):
        Policy.read_json(with_spec(Policy, path, **fields), path)


@pytest.mark.parametrize(
    ("kind", "name", "fields"),
    [
        (Suite, "quality/suite.yaml", {"cases": []}),
        (Suite, "quality/suite.yaml", {"cases": [{"name": "one", "sample": "samples/good.yaml"}]}),
        (Suite, "quality/suite.yaml", {"cases": [{"name": "one", "sample": "../../x.yaml"}] * 2}),
        (Suite, "quality/suite.yaml", {"cases": [{"name": "one", "sample": "a", "expect": {"x": "OK"}}] * 2}),
        (TierPolicy, "tier/policy.yaml", {"tiers": []}),
        (TierPolicy, "tier/policy.yaml", {"tiers": [{"tier": "highest", "when": "true", "says": "x"}]}),
        (DriftPolicy, "drift/policy.yaml", {"window": 0}),
        (DriftPolicy, "drift/policy.yaml", {"window": 1.5}),
        (DriftPolicy, "drift/policy.yaml", {"warning": 0}),
        (DriftPolicy, "drift/policy.yaml", {"alert": "0.2"}),
    ],
)
def test_what_is_none_of_the_others(kind: type[Document], name: str, fields: dict[str, Any]) -> None:
    path = f"{places.RULE_FOLDER}/{name}"
    assert kind.read_json(with_spec(kind, path), path)
    with pytest.raises(Refused):
        kind.read_json(with_spec(kind, path, **fields), path)


def test_a_suite_expects_verdicts_and_a_sample_is_evidence() -> None:
    suite = Suite.read(FILES[places.rule("quality", "suite.yaml")], "x")
    assert suite.spec.cases[0].expect == {"auc": Verdict.PASS}
    sample = Sample.read(FILES[places.rule("quality", "samples/good.yaml")], "x")
    assert sample.spec["evaluation"]["quality"]["auc"]["value"] == 0.79
