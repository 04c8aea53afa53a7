"""The spec: what a data scientist may ask for, and facts that are less consequential than before."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from counterseal.documents.spec import RANKS, Facts, ModelSpec
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.goldens.examples import model_spec

SPEC = model_spec()
PLAIN: dict[str, Any] = SPEC.plain()


def read(**fields: Any) -> ModelSpec:
    return ModelSpec.read_json(strict_json.canonical(PLAIN | {"spec": PLAIN["spec"] | fields}), "x")


def test_what_a_spec_leaves_out() -> None:
    short = {name: value for name, value in PLAIN["spec"].items() if name not in ("preprocessing", "threshold", "seed")}
    spec = ModelSpec.read_json(strict_json.canonical(PLAIN | {"spec": short}), "x").spec
    assert (spec.threshold, spec.seed, spec.preprocessing.numeric.impute) == (0.5, 0, "median")
    assert spec == SPEC.spec


def test_parameters_keep_their_types() -> None:
    given = {"a": None, "b": True, "c": 1, "d": 1.0, "e": "1"}
    found = read(estimator={"name": "x", "parameters": given}).spec.estimator.parameters
    assert found == given
    assert [type(value) for value in found.values()] == [type(None), bool, int, float, str]


@pytest.mark.parametrize(
    "fields",
    [
        {"search": {"C": [0.1, 1], "class_weight": [None, "balanced"]}},
        {"cost": {"false_positive": 1, "false_negative": 5}},
        {"reasons": {"age": "How old you are"}},
        {"preprocessing": {"monotone": {"age": "increasing"}, "interactions": [["age", "amount"]]}},
    ],
)
def test_what_else_a_spec_may_say(fields: dict[str, Any]) -> None:
    made = read(**fields)
    assert made.plain()["spec"] == (PLAIN["spec"] | fields) | {"preprocessing": made.plain()["spec"]["preprocessing"]}
    assert ModelSpec.read(made.write(), "x") == made


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 0},
        {"version": 1_000_001},
        {"version": "1"},
        {"features": []},
        {"features": ["age", "age"]},
        {"features": ["a b"]},
        {"facts": {"personal_data": True, "decision": "assists"}},
        {"facts": {"personal_data": "yes", "decision": "assists", "significant_effect": True}},
        {"facts": {"personal_data": True, "decision": "decides", "significant_effect": True}},
        {"tier": "low"},
        {"estimator": {"name": "x", "parameters": {"a": [[1]]}}},
        {"estimator": {"name": "sklearn.svm.SVC"}},
        {"preprocessing": {"numeric": {"impute": "zero"}}},
        {"preprocessing": {"monotone": {"other": "increasing"}}},
        {"reasons": {"other": "because"}},
        {"search": {}},
        {"search": {"C": []}},
        {"cost": {"false_positive": 1}},
        {"cost": {"false_positive": 1, "false_negative": -1}},
        {"threshold": 0},
        {"threshold": 1},
        {"threshold": True},
        {"seed": -1},
        {"seed": 2**32},
        {"dataset": "../other"},
        {"title": ""},
    ],
)
def test_what_is_no_spec(fields: dict[str, Any]) -> None:
    assert read() == SPEC
    with pytest.raises(Refused):
        read(**fields)


EVERY = [Facts.model_validate(dict(zip(RANKS, values, strict=True))) for values in product(*RANKS.values())]


def test_a_fact_is_lowered_if_it_moves_left() -> None:
    for before, after in product(EVERY, EVERY):
        lowered = {
            name for name, rank in RANKS.items() if rank.index(getattr(after, name)) < rank.index(getattr(before, name))
        }
        assert set(after.lowered_since(before)) == lowered
        if lowered:
            assert before != after


def test_every_fact_has_ranks() -> None:
    assert set(RANKS) == set(Facts.model_fields)
    most = Facts(personal_data=True, decision="automates", significant_effect=True)
    none = Facts(personal_data=False, decision="none", significant_effect=False)
    assert none.lowered_since(most) == tuple(RANKS)
    assert most.lowered_since(none) == ()
