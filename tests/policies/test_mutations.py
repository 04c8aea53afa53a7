"""A policy broken on purpose turns a case red, or its suite is too weak; so does evidence that is taken away."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from counterseal.documents.policy import Policy, TierPolicy
from counterseal.values.finding import Refused, Verdict
from counterseal.verification import cel
from counterseal.verification.judgement import tier_of
from scripts.policy.suites import Trial

MUTANTS = {
    r">=": ("<", ">"),
    r"<=": (">", "<"),
    r"(?<![<>=!])>(?!=)": ("<=", ">="),
    r"(?<![<>=!])<(?!=)": (">=", "<="),
    r"==": ("!=",),
    r"!=": ("==",),
    r"&&": ("||",),
    r"\.all\(": (".exists(",),
    r"\btrue\b": ("false",),
    r"\bfalse\b": ("true",),
    r"\b([\w.]+) in ([\w.]+)": (r"!(\1 in \2)",),
}
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')

#: What a passing sample may lack, because a stricter answer is taken for it, or because only people read it.
HARMLESS = {
    "champion": r"\.dataset\.columns.*|\.evaluation\.task null"  # taken for two classes, of which most is asked
    r"|\.evaluation\.comparison\.groups\.\d\.(column|group) null",
    "calibration": r"\.evaluation\.task null",  # every task's numbers are asked for
    "data-quality": r"\.dataset\.columns\.\w+ .*",  # the digest fixes dataset.yaml
    "documentation": r"\.spec\.(limitations\.0|facts\.\w+) .*",  # unknown facts ask for limitations, and there are some
    "group-difference": r"\.spec\.facts\.personal_data null"  # taken for true
    r"|\.evaluation\.task null"  # every task's numbers are asked for
    r"|\.dataset\.columns\.((age|sex)\.groups(\.\d)? null|(amount|length|weight) gone)"
    r"|\.evaluation\.groups\.age\.groups\.(under 26|26 to 59|26 and over|60 and over) gone"  # a group fewer to compare
    r"|\.evaluation\.groups\.(age|sex)\.groups\.[^.]+(\.n)? (gone|null)",  # counted, not read
    "leakage": r"\.evaluation\.leakage\.(highest\.feature|after\.0) null"
    r"|\.dataset\.(columns\.\w+ gone|columns\.\w+\.type null|key\.0 null|split.*)",  # the digest fixes dataset.yaml
    "licence": r"\.bom\.components\.\d\.(name|version) .*|\.bom\.components\.[12]\.type null",  # taken for a library
    "memory": r"\.spec\.facts\.personal_data null",  # taken for true
    "robustness": r"\.evaluation\.task null|\.dataset\.columns\.\w+.*|\.spec\.features\.\d null",
    "slices": r"\.evaluation\.task null",
    "stand-ins": r"\.evaluation\.task .*|\.evaluation\.(flip\.age\.applies|proxies\.age\.(applies|group)) null"
    r"|\.dataset\.columns\.(age( gone|\.groups.*)|amount gone)",  # the digest fixes dataset.yaml
    "vulnerability": r"\.bom\.components\.0\.type null",
}
POLICIES = (
    "calibration",
    "champion",
    "data-quality",
    "documentation",
    "fingerprint",
    "group-difference",
    "leakage",
    "licence",
    "memory",
    "parity",
    "quality",
    "robustness",
    "slices",
    "stand-ins",
    "tier",
    "vulnerability",
)


def mutants(expression: str) -> Iterator[str]:
    """Change one operator at a time, outside text."""
    quiet = TEXT.sub(lambda text: '"' + "x" * (len(text[0]) - 2) + '"', expression)
    for pattern, changes in MUTANTS.items():
        for found in re.finditer(pattern, quiet):
            for change in changes:
                yield expression[: found.start()] + found.expand(change) + expression[found.end() :]


def broken(trial: Trial) -> Iterator[tuple[str, Trial]]:
    """Return the policy with one condition changed, in every way that still compiles."""
    policy = trial.policy
    if isinstance(policy, Policy):
        for rule in policy.spec.rules:
            for field in ("passes", "review"):
                for mutant in mutants(getattr(rule, field) or ""):
                    if not cel.problem(mutant, cel.EVIDENCE, "condition"):
                        changed = rule.model_copy(update={field: mutant})
                        rules = tuple(changed if item is rule else item for item in policy.spec.rules)
                        yield f"{rule.id}.{field}: {mutant}", with_spec(trial, policy, rules=rules)
    if isinstance(policy, TierPolicy):
        for tier in policy.spec.tiers:
            for mutant in mutants(tier.when):
                if not cel.problem(mutant, cel.FACTS, "condition"):
                    changed_tier = tier.model_copy(update={"when": mutant})
                    tiers = tuple(changed_tier if item is tier else item for item in policy.spec.tiers)
                    yield f"{tier.tier}: {mutant}", with_spec(trial, policy, tiers=tiers)


def with_spec(trial: Trial, policy: Policy | TierPolicy, **changes: object) -> Trial:
    return replace(trial, policy=policy.model_copy(update={"spec": policy.spec.model_copy(update=changes)}))


@pytest.fixture
def _mutants_may_use_anything(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # `||` and exists() are refused in policies, but they are what `&&` and all() turn into.
    monkeypatch.setattr(cel, "_REFUSED", {})
    cel._compile.cache_clear()
    yield
    cel._compile.cache_clear()


@pytest.mark.usefixtures("_mutants_may_use_anything")
@pytest.mark.parametrize("name", POLICIES)
def test_a_broken_policy_turns_a_case_red(name: str, policies: dict[str, Trial]) -> None:
    mutated = list(broken(policies[name]))
    assert mutated
    assert [what for what, mutant in mutated if not mutant.red()] == []


@pytest.mark.parametrize("name", POLICIES)
def test_missing_evidence_never_passes(name: str, policies: dict[str, Trial]) -> None:
    trial = policies[name]
    passing = [sample for case, sample in trial.cases if not set(case.expect.values()) and result(trial, sample)]
    assert passing
    survived = [what for sample in passing for what, less in poorer(sample) if result(trial, less)]
    assert [what for what in survived if not re.fullmatch(HARMLESS.get(name, ""), what)] == []


def test_every_policy_is_mutated(policies: dict[str, Trial]) -> None:
    assert {name for name, trial in policies.items() if trial.cases} == set(POLICIES)


def poorer(value: Any) -> Iterator[tuple[str, Any]]:
    """Take one thing away: a key, or what stands under it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        if isinstance(value, dict):
            yield f".{key} gone", {name: inner for name, inner in value.items() if name != key}
        yield f".{key} null", replaced(value, key, None)
        for what, inner in poorer(value[key]):
            yield f".{key}{what}", replaced(value, key, inner)


def replaced(value: Any, key: Any, inner: Any) -> Any:
    return {**value, key: inner} if isinstance(value, dict) else [*value[:key], inner, *value[key + 1 :]]


def result(trial: Trial, evidence: Mapping[str, Any]) -> str:
    """Return the tier, or whether it is anything but a failure; nothing for a failure."""
    if isinstance(trial.policy, TierPolicy):
        try:
            return tier_of(trial.policy, evidence)
        except Refused:
            return ""
    verdict = trial.judge(evidence).verdict
    return "" if verdict is Verdict.FAIL else verdict
