"""evaluate compares before it measures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.rules import Code
from counterseal.documents.statement import Materials, Scope
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from pipelines import evaluate, fit, train
from pipelines.step import Task
from tests.pipelines import tasks, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pipelines.world import World

CODE = Code(counterseal="1" * 64, pipelines="2" * 64, lock="3" * 64)
SCOPE = Scope(
    log_id="4" * 32,
    model=world.MODEL,
    version=1,
    step="evaluate",
    run="5" * 64,
    spec="6" * 64,
    materials=Materials(dataset="7" * 64, code=CODE, layout="8" * 64),
)


def task(materials: dict[str, bytes]) -> Task:
    return Task(SCOPE, materials, world.NOW, (), lambda _: None)


@pytest.fixture(scope="module")
def materials() -> dict[str, bytes]:
    made = world.world().materials()
    files = train.run(task(made)).files
    return {**made, "model": files["model"], "golden": files["golden"], "champion": b""}


def numbers(value: Any) -> Iterator[float]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        if isinstance(child, float):
            yield child
        yield from numbers(child)


def test_everything_is_measured_with_its_interval(materials: dict[str, bytes], toy: World) -> None:
    made = evaluate.run(task(materials))
    found = made.predicate["counterseal"]["measures"]
    assert made.predicate["result"] == "PASSED"
    assert made.about == ("model",)
    assert found["rows"]["holdout"] == toy.study().holdout.rows
    rates = [rate for group in found["groups"]["age"]["groups"].values() for rate in (group["selection_rate"],)]
    for estimate in (*found["quality"].values(), *rates):
        assert estimate["low"] <= estimate["value"] <= estimate["high"]
        assert estimate["n"] > 0
        assert "95 %" in estimate["method"]
    assert set(found) >= {"threshold", "leakage", "robustness", "parity", "roc", "calibration", "operating_point"}


@pytest.mark.parametrize("name", ["linear", "trees"])
@pytest.mark.parametrize("task", tasks.TASKS)
def test_every_task_is_measured_and_twice_alike(task: str, name: str) -> None:
    linear = "ridge" if task == "regression" else "logistic-regression"
    fitted = tasks.fitted(task, tasks.estimator(linear if name == "linear" else "random-forest"))
    model = fit.compiled(fitted)
    found = evaluate.measure(fitted.study, model, b"", lambda _: None)
    assert strict_json.loads(strict_json.canonical(found), "x") == found
    assert evaluate.measure(fitted.study, model, b"", lambda _: None) == found
    assert set(found) == {*COMMON, *OF_TASK[task]}
    assert found["robustness"].get("exact") is {"regression": None}.get(task, name == "linear")
    for estimate in estimates(found):
        assert estimate["low"] <= estimate["value"] <= estimate["high"], estimate
        assert estimate["method"], estimate


COMMON = (
    "calibration",
    "comparison",
    "effects",
    "effects_of",
    "flip",
    "groups",
    "intersections",
    "leakage",
    "membership",
    "proxies",
    "quality",
    "robustness",
    "rows",
    "slices",
    "task",
)
OF_TASK = {
    "binary": ["operating_point", "precision_recall", "roc", "scores", "threshold"],
    "multiclass": [],
    "regression": ["residuals"],
}


def estimates(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and {"value", "low", "high"} <= set(value):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from estimates(child)


def test_numbers_are_finite_rounded_and_plain_json(materials: dict[str, bytes]) -> None:
    found = evaluate.run(task(materials)).predicate["counterseal"]["measures"]
    assert strict_json.loads(strict_json.canonical(found), "x") == found
    rest = {name: value for name, value in found.items() if name != "parity"}
    assert all(math.isfinite(number) and round(number, 6) == number for number in numbers(rest))


def test_a_model_that_fitting_again_does_not_give_is_refused(materials: dict[str, bytes]) -> None:
    model = strict_json.loads(materials["model"], "x")
    model["predictor"]["scores"][0]["intercept"] += 1e-9
    with pytest.raises(Refused, match=r"registry/toy/model/model\.json: TRAIN_NOT_REPRODUCED"):
        evaluate.run(task({**materials, "model": strict_json.pretty(model)}))
    with pytest.raises(Refused, match="TRAIN_NOT_REPRODUCED"):
        evaluate.run(task({**materials, "model": materials["model"] + b"\n"}))


def test_golden_rows_of_another_model_are_refused(materials: dict[str, bytes]) -> None:
    golden = strict_json.loads(materials["golden"], "x")
    golden["spec"]["rows"][3]["outputs"] = [0.5]
    with pytest.raises(Refused, match="GOLDEN_ROW"):
        evaluate.run(task({**materials, "golden": strict_json.pretty(golden)}))
