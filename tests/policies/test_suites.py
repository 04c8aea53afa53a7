"""The policies of this repository hold what their suites say, and a policy that cannot be trusted to is refused."""

import re

import pytest

from counterseal.documents.policy import Policy
from counterseal.values import strict_yaml
from scripts.policy import suites
from scripts.policy.suites import Trial

AUC = "policies/rules/quality"


def test_every_suite_holds(files: dict[str, bytes]) -> None:
    assert [str(finding) for finding in suites.run(files)] == []


def test_the_policies_are_the_ones_expected(policies: dict[str, Trial]) -> None:
    assert set(policies) >= {"data-quality", "fingerprint", "leakage", "quality", "group-difference", "robustness"}
    assert set(policies) >= {"parity", "licence", "vulnerability", "documentation", "tier", "drift"}


def test_an_auditor_can_read_them(policies: dict[str, Trial]) -> None:
    for name, trial in policies.items():
        spec = trial.policy.spec
        assert spec.title, name
        assert len(spec.why) > 80, name
        for rule in trial.policy.spec.rules if isinstance(trial.policy, Policy) else ():
            assert re.fullmatch(r"[A-Z].+\.", rule.says), f"{name}/{rule.id}"
            assert re.fullmatch(r"[A-Z].+\.", rule.mend), f"{name}/{rule.id}"


def test_every_limit_says_what_it_is(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        block = re.search(r"^  limits:\n((?:    .*\n)+)", content.decode(), re.MULTILINE)
        for line in block[1].splitlines() if block else ():
            if re.match(r"    \w+: [0-9.]", line):
                assert "  # " in line, f"{path}: {line}"


def without(files: dict[str, bytes], path: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name != path}


def changed(files: dict[str, bytes], path: str, old: str, new: str) -> dict[str, bytes]:
    assert old.encode() in files[path]
    return {**files, path: files[path].replace(old.encode(), new.encode())}


def codes(files: dict[str, bytes]) -> list[str]:
    return [finding.code for finding in suites.run(files)]


def test_no_policies_are_refused() -> None:
    assert codes({}) == ["NO_POLICY"]


@pytest.mark.parametrize("file", ["policy.yaml", "suite.yaml", "samples/good.yaml"])
def test_a_missing_file_is_refused(files: dict[str, bytes], file: str) -> None:
    assert codes(without(files, f"{AUC}/{file}")) == ["POLICY_NO_FILE"]


def test_a_sample_nobody_uses_is_refused(files: dict[str, bytes]) -> None:
    assert codes({**files, f"{AUC}/samples/more.yaml": files[f"{AUC}/samples/good.yaml"]}) == ["SAMPLE_IDLE"]


def test_another_name_or_kind_is_refused(files: dict[str, bytes]) -> None:
    assert codes(changed(files, f"{AUC}/policy.yaml", "name: quality", "name: maximum-auc")) == ["POLICY_NAME"]
    assert codes(changed(files, f"{AUC}/policy.yaml", "kind: Policy", "kind: Law")) == ["POLICY_KIND"]


def test_a_case_that_comes_out_otherwise_is_told(files: dict[str, bytes]) -> None:
    finding, *more = suites.run(changed(files, f"{AUC}/policy.yaml", "auc: 0.65 ", "auc: 0.74 "))
    assert finding.code == "POLICY_CASE"
    assert finding.where == f"{AUC}/samples/good.yaml"
    assert (finding.expected, finding.found) == (
        "good: auc PASS, r2 PASS, holdout PASS",
        "auc REVIEW, r2 PASS, holdout PASS",
    )
    assert more


def test_a_case_about_a_rule_that_is_not_there_is_refused(files: dict[str, bytes]) -> None:
    assert codes(changed(files, f"{AUC}/suite.yaml", "{auc: REVIEW}", "{cua: REVIEW}")) == ["POLICY_CASE"]


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        ("{name: poor,|{name: poor-of-three-classes,", "fails quality/auc by what its evidence says"),
        ("{name: few-rows,|{name: too-few-rows,", "fails quality/holdout by what its evidence says"),
        ("{name: straddles-the-limit,|{name: touches-the-limit-from-below,", "auc REVIEW"),
        (
            "{name: good,|{name: at-the-limit,|{name: three-classes,|{name: a-number-explained,",
            "auc PASS, r2 PASS, holdout PASS",
        ),
        ("{name: no-evidence,", "without any evidence"),
    ],
)
def test_what_no_case_shows_is_told(files: dict[str, bytes], dropped: str, expected: str) -> None:
    suite = f"{AUC}/suite.yaml"
    lines = files[suite].decode().splitlines(keepends=True)
    kept = [line for line in lines if not any(name in line for name in dropped.split("|"))]
    left = {**files, suite: "".join(kept).encode()}
    used = {case["sample"] for case in strict_yaml.load(left[suite], suite).value["spec"]["cases"]}
    left = {path: text for path, text in left.items() if f"{AUC}/samples" not in path or path[len(AUC) + 1 :] in used}
    found = suites.run(left)
    assert [finding.code for finding in found] == ["POLICY_UNTESTED"]
    assert expected in found[0].expected


def test_a_tier_without_a_case_is_told(files: dict[str, bytes]) -> None:
    suite = "policies/rules/tier/suite.yaml"
    assert codes(changed(files, suite, "tier: low", "tier: medium")).count("POLICY_UNTESTED") == 1


def test_a_policy_that_cannot_be_asked_is_told_first(files: dict[str, bytes]) -> None:
    wrong = changed(files, f"{AUC}/policy.yaml", "evaluation.quality.auc.low >=", "evaluation.quality.auc.low >== ")
    assert codes(wrong) == ["POLICY_EXPRESSION"]
