"""The numbers that CI signed are found again from the data and model.json, and nothing else is taken for them."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.statement import EXTENSION
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from pipelines import reproduce
from pipelines.data.material import content
from pipelines.reproduce import TOLERANCE, differences, recompute
from tests.pipelines.conftest import ROOT

if TYPE_CHECKING:
    from tests.pipelines.conftest import Run

MODEL = "german-credit"
UNIT = TOLERANCE


@pytest.fixture(scope="module")
def materials(german: Run) -> dict[str, bytes]:
    inputs = german.inputs
    model = german.files[places.model_file(MODEL, "model.json")]
    given = {"spec": inputs.spec, "dataset": inputs.dataset, "data": content(inputs.data)}
    return {**given, "model": model, "champion": b""}


@pytest.fixture(scope="module")
def signed(german: Run) -> dict[str, Any]:
    """What the steps' Statements say, as whoever verifies them reads it."""

    def measures(step: str) -> dict[str, Any]:
        envelope = json.loads(german.files[places.statement(MODEL, step)])["dsseEnvelope"]
        predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
        return {**predicate[EXTENSION]["measures"], "result": predicate["result"]}

    return {step: measures(step) for step in ("validate", "evaluate")}


@pytest.fixture(scope="module")
def found(materials: dict[str, bytes]) -> dict[str, Any]:
    return recompute(materials, MODEL, lambda _: None)


def changed(value: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """Return a deep copy with one value replaced; a callable is given the old one."""
    copied = copy.deepcopy(value)
    inner: Any = copied
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = to(inner[path[-1]]) if callable(to) else to
    return copied


def names(signed: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return [f"{item.step}: {item.name}" for item in differences(signed, found)]


def test_every_value_is_found_again(signed: dict[str, Any], found: dict[str, Any]) -> None:
    assert names(signed, found) == []
    assert set(signed["evaluate"]) - set(found["evaluate"]) == {"result", "parity"}
    assert set(signed["validate"]) - set(found["validate"]) == {"result"}
    assert reproduce.size(found) > 200


def test_how_far_it_is_is_told(materials: dict[str, bytes]) -> None:
    told: list[float] = []
    recompute(materials, MODEL, told.append)
    assert told == sorted(told)
    assert len(told) > 1


AGE = ("evaluate", "groups", "age", "groups")


@pytest.mark.parametrize(
    ("path", "to", "name"),
    [
        (("evaluate", "quality", "auc", "value"), lambda v: v + 2 * UNIT, "auc.value"),
        (("evaluate", "quality", "auc", "low"), lambda v: v - 2 * UNIT, "auc.low"),
        (("evaluate", "quality", "auc", "n"), lambda v: v + 1, "auc.n"),
        (("evaluate", "quality", "auc", "method"), "looked at it", "auc.method"),
        (("evaluate", "quality", "brier", "value"), lambda v: v - 2 * UNIT, "brier.value"),
        (("evaluate", "quality", "accuracy", "value"), lambda v: v + UNIT, "accuracy.value"),
        (("evaluate", "threshold"), 0.6, "threshold"),
        (("evaluate", "rows", "holdout"), 1, "rows.holdout"),
        ((*AGE, "under 26", "selection_rate", "value"), lambda v: v - UNIT, "selection_rate.value"),
        ((*AGE, "under 26", "true_positive_rate", "value"), lambda v: v + UNIT, "true_positive_rate.value"),
        (("evaluate", "groups", "age", "difference", "value"), 0.0, "groups.age.difference.value"),
        (("evaluate", "groups", "age", "too_small"), ["everybody"], "groups.age.too_small"),
        (("evaluate", "robustness", "median_margin", "value"), 9.0, "robustness.median_margin.value"),
        (("evaluate", "leakage", "highest", "feature"), "age", "leakage.highest.feature"),
        (("evaluate", "roc", "true_positive_rate", 3), 1.0, "roc.true_positive_rate[3]"),
        (("evaluate", "calibration", "bins", 0, "found", "value"), lambda v: v + UNIT, "bins[0].found.value"),
        (("validate", "rows"), True, "rows"),
        (("validate", "duplicates"), 1, "duplicates"),
        (("validate", "fingerprint", "found"), "0" * 64, "fingerprint.found"),
    ],
)
def test_another_number_is_named(
    signed: dict[str, Any], found: dict[str, Any], path: tuple[str | int, ...], to: Any, name: str
) -> None:
    odd = names(changed(signed, *path, to=to), found)
    assert len(odd) == 1, odd
    assert odd[0].startswith(f"{path[0]}: ")
    assert odd[0].endswith(name)


@pytest.mark.parametrize(
    "path", [("quality", "auc", "value"), ("quality", "brier", "high"), ("quality", "accuracy", "low"), ("roc",)]
)
def test_one_unit_of_the_last_digit_is_another_processor(
    signed: dict[str, Any], found: dict[str, Any], path: tuple[str, ...]
) -> None:
    def nudged(value: Any) -> Any:
        return value + UNIT if isinstance(value, float) else {k: [x + UNIT for x in v] for k, v in value.items()}

    assert names(changed(signed, "evaluate", *path, to=nudged), found) == []


def test_a_number_that_is_none_is_different(signed: dict[str, Any], found: dict[str, Any]) -> None:
    assert names(changed(signed, "evaluate", "quality", "auc", "value", to=float("nan")), found) == [
        "evaluate: quality.auc.value"
    ]
    assert names(signed, changed(found, "evaluate", "quality", "auc", "value", to=float("inf"))) == [
        "evaluate: quality.auc.value"
    ]
    assert names(changed(signed, "evaluate", "quality", "auc", "value", to="0.8"), found) == [
        "evaluate: quality.auc.value"
    ]


def test_more_or_less_than_signed_is_different(signed: dict[str, Any], found: dict[str, Any]) -> None:
    more = copy.deepcopy(signed)
    more["evaluate"]["also"] = 1.0
    assert names(more, found) == ["evaluate: also"]
    less = copy.deepcopy(signed)
    del less["evaluate"]["groups"]["age"]
    assert names(less, found) == ["evaluate: groups.age"]


def test_a_difference_says_what_was_signed_and_what_was_found(signed: dict[str, Any], found: dict[str, Any]) -> None:
    (odd,) = differences(changed(signed, "evaluate", "quality", "auc", "value", to=0.99), found)
    said = str(odd.finding(MODEL))
    assert said.startswith(f"{places.statement(MODEL, 'evaluate')}: NOT_REPRODUCED")
    assert "auc.value 0.990000, as signed" in said
    assert f"{found['evaluate']['quality']['auc']['value']:.6f}, recomputed" in said


def test_another_model_gives_other_numbers(
    materials: dict[str, bytes], signed: dict[str, Any], found: dict[str, Any]
) -> None:
    model = strict_json.loads(materials["model"], "model")
    model["predictor"]["scores"][0]["intercept"] += 0.2
    other = recompute({**materials, "model": strict_json.pretty(model)}, MODEL, lambda _: None)
    odd = names(signed, other)
    assert "evaluate: quality.accuracy.value" in odd
    assert "evaluate: quality.brier.value" in odd
    assert other["validate"] == found["validate"]


@pytest.mark.parametrize("what", ["inputs", "classes"])
def test_a_model_of_another_question_is_refused(materials: dict[str, bytes], what: str) -> None:
    model = strict_json.loads(materials["model"], "model")
    if what == "inputs":
        dropped = model["inputs"].pop()["name"]
        del model["reference"][dropped]
        (score,) = model["predictor"]["scores"]
        score["terms"] = [term for term in score["terms"] if term["input"] != dropped]
    else:
        model["classes"].reverse()
    with pytest.raises(Refused, match="NOT_REPRODUCED"):
        recompute({**materials, "model": strict_json.pretty(model)}, MODEL, lambda _: None)


def test_other_data_is_refused_by_its_fingerprint(materials: dict[str, bytes]) -> None:
    with pytest.raises(Refused, match="FINGERPRINT_MISMATCH"):
        recompute({**materials, "data": materials["data"] + b"\n"}, MODEL, lambda _: None)


def test_another_champion_is_another_comparison(signed: dict[str, Any], materials: dict[str, bytes]) -> None:
    odd = names(signed, recompute({**materials, "champion": materials["model"]}, MODEL, lambda _: None))
    assert "evaluate: comparison.champion" in odd
    assert all(name.startswith("evaluate: comparison.") for name in odd)


def test_nothing_is_fitted_and_nothing_unpickled() -> None:
    program = (
        "import sys; from pathlib import Path; from pipelines import fit, reproduce; events = set(); fit.fit = None;"
        "sys.addaudithook(lambda event, arguments: events.add(event));"
        "reproduce.recompute({"
        "'spec': Path('model_specs/german-credit.yaml').read_bytes(),"
        "'dataset': Path('datasets/german-credit/dataset.yaml').read_bytes(),"
        "'data': Path('datasets/german-credit/german_credit.csv').read_bytes(),"
        "'model': Path('registry/german-credit/model/model.json').read_bytes(),"
        "'champion': Path('registry/german-credit/model/model.json').read_bytes()}, 'german-credit', lambda _: None);"
        "print(sorted(event for event in events if event.startswith('pickle')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
