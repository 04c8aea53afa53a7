"""What real studies come to under these policies: bad data ends in a refusal or a FAIL that says what to do."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.dataset import Dataset
from counterseal.documents.policy import Policy
from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.judgement import Outcome, judge
from pipelines import evaluate, fit
from tests.pipelines import tasks
from tests.pipelines.world import World, world

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.policy.suites import Trial

MEASURED = ("calibration", "group-difference", "leakage", "memory", "quality", "robustness", "slices", "stand-ins")


def judged(made: World, policies: dict[str, Trial]) -> dict[str, Outcome]:
    study = made.study()
    materials = made.materials()
    evidence = {
        "spec": ModelSpec.read(materials["spec"], "spec").plain()["spec"],
        "dataset": Dataset.read(materials["dataset"], "dataset").plain()["spec"],
        "evaluation": evaluate.measure(study, fit.compiled(fit.fit(study)), b"", lambda _: None),
    }
    asked = {name: policies[name].policy for name in MEASURED}
    outcomes = judge({name: item for name, item in asked.items() if isinstance(item, Policy)}, evidence).outcomes
    return {item.id: item for item in outcomes}


@lru_cache
def people() -> World:
    """Return a study of people with enough rows for every rule."""
    return world(2000).specified(facts={"personal_data": True, "decision": "assists", "significant_effect": True})


def cells(change: Callable[[list[str]], list[str]]) -> World:
    """Return the study with each row's cells changed: id, income, age, town, job, outcome."""
    made = people()
    return replace(made, lines=(made.lines[0], *(",".join(change(line.split(","))) for line in made.lines[1:])))


def test_an_honest_study_does_not_fail_and_nothing_is_missing(policies: dict[str, Trial]) -> None:
    found = judged(people(), policies)
    assert [str(item) for item in found.values() if item.errored or item.verdict is Verdict.FAIL] == []


@pytest.mark.parametrize("name", ["linear", "trees"])
@pytest.mark.parametrize("task", tasks.TASKS)
def test_every_rule_can_be_asked_of_every_task(task: str, name: str, policies: dict[str, Trial]) -> None:
    linear = "ridge" if task == "regression" else "logistic-regression"
    proposed = tasks.estimator(linear if name == "linear" else "histogram-gradient-boosting")
    found = judged(tasks.world(task, 800).specified(estimator=proposed), policies)
    assert [str(item) for item in found.values() if item.errored] == []
    assert found["quality/r2" if task == "regression" else "quality/auc"].verdict is not Verdict.FAIL
    assert found["robustness/range"].verdict is Verdict.PASS


def test_a_perfect_leak_fails(policies: dict[str, Trial]) -> None:
    def leak(row: list[str]) -> list[str]:
        return [*row[:4], "j2" if row[5] == "yes" else "j1", row[5]]

    found = judged(cells(leak), policies)["leakage/single-feature"]
    assert (found.verdict, found.found) == (Verdict.FAIL, "job 1.000")
    assert "Find out when that column is written" in found.mend


def test_a_missing_group_is_named_and_never_passes(policies: dict[str, Trial]) -> None:
    def young(row: list[str]) -> list[str]:
        return [*row[:2], str(min(int(row[2]), 59)), *row[3:]]

    found = judged(cells(young), policies)["group-difference/comparable"]
    assert found.verdict is Verdict.REVIEW
    assert "1 absent" in found.found


def test_one_group_alone_cannot_be_compared(policies: dict[str, Trial]) -> None:
    found = judged(cells(lambda row: [*row[:2], "30", *row[3:]]), policies)
    assert found["group-difference/comparable"].verdict is Verdict.FAIL
    assert found["group-difference/difference"].verdict is Verdict.REVIEW


def test_a_model_that_decides_by_age_is_found_out(policies: dict[str, Trial]) -> None:
    def by_age(row: list[str]) -> list[str]:
        return [*row[:5], "yes" if (int(row[2]) < 40) is (hash_of(row[0]) < 0.9) else "no"]

    found = judged(cells(by_age), policies)
    assert found["group-difference/difference"].verdict is Verdict.FAIL
    assert found["group-difference/four-fifths"].verdict is not Verdict.PASS
    assert found["stand-ins/flip"].verdict is Verdict.FAIL


def hash_of(text: str) -> float:
    return int(text) * 2654435761 % 1000 / 1000


def test_rows_that_are_all_alike_to_the_model_do_not_pass(policies: dict[str, Trial]) -> None:
    found = judged(people().specified(features=["town", "job"]), policies)["leakage/duplicates"]
    assert found.verdict is Verdict.FAIL


def test_noise_as_features_does_not_pass(policies: dict[str, Trial]) -> None:
    found = judged(people().specified(features=["job"]), policies)
    assert found["quality/auc"].verdict is Verdict.FAIL


def constant(row: list[str]) -> list[str]:
    return [*row[:5], "no"]


def no_class_held_out(row: list[str]) -> list[str]:
    return [*row[:5], "yes" if row[0] in {"1", "2", "3"} else "no"]


@pytest.mark.parametrize(("change", "code"), [(constant, "ONE_CLASS"), (no_class_held_out, "TOO_FEW_ROWS")])
def test_an_outcome_that_cannot_be_measured_is_refused_before_anything_is_fitted(
    change: Callable[[list[str]], list[str]], code: str
) -> None:
    with pytest.raises(Refused, match=code) as refusal:
        cells(change).study()
    assert str(refusal.value.findings[0]).startswith("datasets/toy/toy.csv")


def test_evidence_without_groups_or_slices_is_no_pass(policies: dict[str, Trial]) -> None:
    found: dict[str, Any] = {"spec": {}, "dataset": {}, "evaluation": {"task": "binary"}}
    for name in MEASURED:
        policy = policies[name].policy
        assert isinstance(policy, Policy)
        assert judge({name: policy}, found).verdict is Verdict.FAIL
