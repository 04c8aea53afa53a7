"""Answers of every task, with their reasons, and what a slow explanation may not do."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from counterseal.documents.baseline import Baseline, BaselineSpec, NumberBins
from counterseal.documents.portable.model import PortableModel
from serving.body import MAX_EXPLAINED
from serving.poller import Offer
from tests.serving import toy

if TYPE_CHECKING:
    from serving.service import Service


def last_line(service: Service) -> dict[str, Any]:
    folder = service.settings.state / "audit"
    found: dict[str, Any] = json.loads(max(folder.iterdir()).read_bytes().splitlines()[-1])
    return found


def test_three_classes_are_answered_with_three_probabilities(live: Any) -> None:
    model = toy.of_task("multiclass")
    live.service.take(Offer(toy.snapshot(toy.served(version=2, number=2, portable=model))))
    asked = {**toy.ROW, "age": 60}
    expected = model.predict(asked)
    (prediction,) = live.predict(asked, contributions=True).json()["predictions"]
    assert prediction["probabilities"] == dict(zip(("low", "middle", "high"), expected.outputs, strict=True))
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)
    assert prediction["decision"] == expected.decision == "high"
    assert [item["feature"] for item in prediction["effects"]] == ["age"]
    watch = live.service.table.routes["credit"].watch
    assert sum(watch.window.counts()["score"]) == 1
    assert last_line(live.service)["decisions"] == {"high": 1}
    assert (
        'counterseal_decisions_total{decision="high",model="credit",version="2"} 1.0' in live.http.get("/metrics").text
    )
    assert "one of low, middle, high" in live.http.get("/").text


def test_a_regression_answers_with_a_value_and_decides_nothing(live: Any) -> None:
    live.service.take(Offer(toy.snapshot(toy.served(version=2, number=2, portable=toy.of_task("regression")))))
    predictions = live.predict(toy.ROW, {**toy.ROW, "age": 50}, contributions=True).json()["predictions"]
    assert predictions == [
        {"value": 1300.0, "effects": []},
        {"value": -200.0, "effects": [{"feature": "age", "effect": -1500.0, "says": None}]},
    ]
    line = last_line(live.service)
    assert (line["rows"], line["decisions"]) == (2, {})
    found = live.http.get("/model/credit").json()
    assert (found["task"], found["classes"], found["threshold"]) == ("regression", [], None)
    assert found["predictor"] == "2 trees with 6 nodes"
    assert "a number" in live.http.get("/").text


def slow() -> PortableModel:
    """Return a model that answers at once, and takes about a hundred times that to explain."""
    made = toy.portable().model_dump()
    names = [f"x{number}" for number in range(60)]
    item = {"type": "number", "minimum": 0, "maximum": 9, "nullable": False}
    inputs = (*made["inputs"], *({"name": name, **item} for name in names))
    linear = {"kind": "linear", "impute": None, "center": 0, "scale": 1, "weight": 0.01}
    terms = tuple({**linear, "input": name} for name in names)
    member = {"kind": "additive", "scores": ({"intercept": 0, "terms": terms},), "link": "logit"}
    reference = made["reference"] | dict.fromkeys(names, 0)
    predictor = {"kind": "average", "members": (member,), "weights": (1,)}
    return PortableModel.model_validate(made | {"inputs": inputs, "reference": reference, "predictor": predictor})


def test_a_slow_explanation_delays_no_other_answer(live: Any) -> None:
    model = slow()
    names = [item.name for item in model.inputs if item.name.startswith("x")]
    bins = {name: NumberBins(cuts=(1, 3), counts=(9, 9, 9, 0)) for name in names}
    wider = Baseline.of("churn", BaselineSpec(rows=27, features={**toy.baseline().spec.features, **bins}))
    other = toy.served(model="churn", portable=model, baseline=wider)
    live.service.take(Offer(toy.snapshot(toy.served(), other)))
    asked = toy.ROW | {name: 1 + number % 5 for number, name in enumerate(names)}
    with ThreadPoolExecutor(1) as pool:
        explained = pool.submit(
            httpx.post, f"{live.url}/predict/churn", json={"rows": [asked] * 20, "contributions": True}
        )
        answered = 0
        while not explained.done():
            assert live.predict(toy.ROW).status_code == 200
            answered += 1
    effects = explained.result().json()["predictions"][19]["effects"]
    moved = model.predict(asked).probability - model.predict(model.reference).probability
    assert sum(item["effect"] for item in effects) == pytest.approx(moved, abs=1e-9)
    assert answered > 3


def test_no_more_rows_are_explained_than_anyone_can_wait_for(live: Any) -> None:
    assert live.predict(*[toy.ROW] * MAX_EXPLAINED, contributions=True).status_code == 200
    response = live.predict(*[toy.ROW] * (MAX_EXPLAINED + 1), contributions=True)
    assert (response.status_code, response.json()["findings"][0]["code"]) == (422, "TOO_MANY_ROWS")
    assert live.predict(*[toy.ROW] * (MAX_EXPLAINED + 1)).status_code == 200
