"""The policies' own tests: every policy has a suite, every case comes out as it says, every rule is seen to fail.

In order, for each folder of policies/rules:

* the policy can be asked at all (``judgement.check_policy``);
* it has a suite, and each case names a sample that is there; a sample that no case names is refused;
* each case gives the verdicts it expects (a rule it does not name must PASS), or the tier it expects;
* some case passes all rules, some case fails each rule by what the evidence says (not for want of it), some case brings
  each ``review`` about, and one has no evidence.

A DriftPolicy holds two numbers and a window; it has nothing to ask and needs no suite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.policy import DriftPolicy, Policy, Sample, Suite, TierPolicy
from counterseal.values import strict_yaml
from counterseal.values.finding import Finding, Refused, Verdict, refuse
from counterseal.verification.judgement import Judgement, check_policy, judge, tier_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from counterseal.documents.policy import Case

AnyPolicy = Policy | TierPolicy | DriftPolicy
_KINDS: dict[str, type[AnyPolicy]] = {kind.KIND: kind for kind in (Policy, TierPolicy, DriftPolicy)}


@dataclass(frozen=True)
class Trial:
    """A policy with its cases, each with the evidence of its sample."""

    name: str
    policy: AnyPolicy
    cases: tuple[tuple[Case, Mapping[str, Any]], ...]

    def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong with the policy, its cases, or what they leave untested."""
        where = places.rule(self.name, "policy.yaml")
        broken = check_policy(self.policy, where)
        return broken or (*self.red(), *self._untested(where))

    def red(self) -> tuple[Finding, ...]:
        """Return the cases that do not come out as they say."""
        return tuple(finding for case, sample in self.cases if (finding := self._run(case, sample)))

    def _run(self, case: Case, sample: Mapping[str, Any]) -> Finding | None:
        expected, found = self._expected(case), self._found(sample)
        if expected == found:
            return None
        where = places.rule(self.name, case.sample)
        return Finding(
            "POLICY_CASE", where, f"{case.name}: {_told(expected)}", _told(found), "mend the policy or the case"
        )

    def _expected(self, case: Case) -> dict[str, str]:
        if not isinstance(self.policy, Policy):
            return {"tier": case.tier or "none"}
        return {rule.id: case.expect.get(rule.id, Verdict.PASS) for rule in self.policy.spec.rules}

    def _found(self, sample: Mapping[str, Any]) -> dict[str, str]:
        if isinstance(self.policy, TierPolicy):
            return {"tier": _tier(self.policy, sample)}
        return {item.id.partition("/")[2]: item.verdict for item in self.judge(sample).outcomes}

    def judge(self, sample: Mapping[str, Any]) -> Judgement:
        """Put the policy to a sample."""
        return judge({self.name: self.policy} if isinstance(self.policy, Policy) else {}, sample)

    def _untested(self, where: str) -> Iterable[Finding]:
        if isinstance(self.policy, DriftPolicy):
            return
        expected = [self._expected(case) for case, _ in self.cases]
        for wanted in self._wanted():
            if not any(wanted.items() <= case.items() for case in expected):
                yield Finding(
                    "POLICY_UNTESTED", where, f"a case with {_told(wanted)}", "none", "add a sample and a case"
                )
        for rule in sorted(self._never_failed()):
            expected_case = f"a case that fails {rule} by what its evidence says"
            yield Finding("POLICY_UNTESTED", where, expected_case, "none", "add one with a sample")
        if all(sample for _, sample in self.cases):
            yield Finding("POLICY_UNTESTED", where, "a case without any evidence", "none", "add one with `spec: {}`")

    def _never_failed(self) -> set[str]:
        outcomes = [item for _, sample in self.cases for item in self.judge(sample).outcomes]
        failed = {item.id for item in outcomes if item.verdict is Verdict.FAIL and not item.errored}
        return {item.id for item in outcomes} - failed

    def _wanted(self) -> Iterable[Mapping[str, str]]:
        if isinstance(self.policy, TierPolicy):
            yield from ({"tier": rule.tier} for rule in self.policy.spec.tiers)
        elif isinstance(self.policy, Policy):
            rules = self.policy.spec.rules
            yield {rule.id: Verdict.PASS for rule in rules}
            yield from ({rule.id: Verdict.REVIEW} for rule in rules if rule.review)


def run(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Test every policy of a tree, given as path → content; return what is wrong, none if all holds."""
    names = sorted({path.split("/")[2] for path in files if path.startswith(f"{places.RULE_FOLDER}/")})
    if not names:
        return (Finding("NO_POLICY", places.RULE_FOLDER, "at least one policy", "none"),)
    findings: list[Finding] = []
    for name in names:
        try:
            findings += load(name, files).findings()
        except Refused as refused:
            findings += refused.findings
    return tuple(findings)


def load(name: str, files: Mapping[str, bytes]) -> Trial:
    """Read a policy, its suite and its samples; raise Refused if one is missing or left over."""
    policy = _policy(places.rule(name, "policy.yaml"), files)
    if policy.metadata.name != name:
        raise refuse(
            "POLICY_NAME", places.rule(name, "policy.yaml"), name, policy.metadata.name, "name it as its folder"
        )
    if isinstance(policy, DriftPolicy):
        return Trial(name, policy, ())
    suite = places.rule(name, "suite.yaml")
    cases = Suite.read(_need(suite, files), suite).spec.cases
    _check_names(name, policy, cases, files)
    return Trial(name, policy, tuple((case, _sample(places.rule(name, case.sample), files)) for case in cases))


def _policy(where: str, files: Mapping[str, bytes]) -> AnyPolicy:
    value = strict_yaml.load(_need(where, files), where).value
    kind = str(value.get("kind")) if isinstance(value, dict) else "none"
    if kind not in _KINDS:
        raise refuse("POLICY_KIND", where, f"one of {', '.join(_KINDS)}", kind[:80])
    return _KINDS[kind].read(files[where], where)


def _sample(where: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    return Sample.read(_need(where, files), where).spec


def _check_names(name: str, policy: AnyPolicy, cases: Iterable[Case], files: Mapping[str, bytes]) -> None:
    known = {rule.id for rule in policy.spec.rules} if isinstance(policy, Policy) else set()
    for case in cases:
        if unknown := sorted(set(case.expect) - known):
            raise refuse("POLICY_CASE", places.rule(name, "suite.yaml"), "rules of this policy", ", ".join(unknown))
    samples = {places.rule(name, case.sample) for case in cases}
    if idle := sorted(path for path in files if path.startswith(places.rule(name, "samples/")) and path not in samples):
        raise refuse("SAMPLE_IDLE", idle[0], "a case that uses it", "none", "add the case, or remove the sample")


def _need(path: str, files: Mapping[str, bytes]) -> bytes:
    if path not in files:
        raise refuse("POLICY_NO_FILE", path, "this file", "none", "every policy has a suite, every case a sample")
    return files[path]


def _tier(policy: TierPolicy, facts: Mapping[str, Any]) -> str:
    try:
        return tier_of(policy, facts)
    except Refused:
        return "none"


def _told(verdicts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {verdict}" for name, verdict in verdicts.items())
