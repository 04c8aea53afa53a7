"""Answers in bulk are those of the kernel, to the last bit."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.portable.model import FORMAT, PortableModel
from pipelines import batch, fit
from tests.pipelines.tasks import TASKS, estimator, fitted

SCHEMA = {"x": pl.Float64, "n": pl.Int64, "c": pl.String}
INPUTS = [
    {"name": "x", "type": "number", "minimum": -1e200, "maximum": 1e200, "nullable": True},
    {"name": "n", "type": "integer", "minimum": -(2**53), "maximum": 2**53, "nullable": True},
    {"name": "c", "type": "category", "categories": ["a", "b", "c"], "nullable": True},
]
EDGES = [0.1, 0.30000000000000004, 0.5, -0.0, 16777217.0, 1e200]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "x": st.none() | st.sampled_from(EDGES) | st.floats(-9, 9),
            "n": st.none() | st.integers(-3, 3) | st.just(2**53),
            "c": st.none() | st.sampled_from(["a", "b", "c"]),
        }
    ),
    min_size=1,
    max_size=30,
)
X = {"kind": "number", "input": "x", "impute": None, "center": 0.1, "scale": 3.0}
N = {"kind": "number", "input": "n", "impute": 1.5, "center": 0.0, "scale": 1.0}
C = {"kind": "code", "input": "c", "codes": {"a": 0.0, "b": 1.0}, "unseen": None, "missing": 2.0}
B = {"kind": "bin", "input": "x", "cuts": [0.1, 0.5], "values": [1.0, 2.0, 4.0], "missing": None}
COLUMNS = [X, N, C, B, {"kind": "product", "of": [X, N]}]
TREE = {
    "feature": [0, 2, 1, -1, 3, -1, 4, -1, -1, -1, -1],
    "threshold": [0.2, 0.0, 0.5, 3.0, 0.7],
    "left": [1, 3, 5, 7, 9],
    "right": [2, 4, 6, 8, 10],
    "missing_left": [0, 1, 6],
    "codes": {"1": [0, 2]},
}
LEAVES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7]


def forest(cast: str, aggregate: str, link: str, width: int) -> dict[str, Any]:
    one = [{**TREE, "value": [leaf * 3**k for leaf in LEAVES], "output": k % width} for k in range(5)]
    many = {**TREE, "value": [leaf + k for leaf in LEAVES for k in range(width)], "output": None}
    return {
        "kind": "trees",
        "columns": COLUMNS,
        "cast": cast,
        "base": [0.1 * k for k in range(width)],
        "aggregate": aggregate,
        "link": link,
        "trees": one if width == 1 else [*one, many],
    }


def sums(link: str, width: int) -> dict[str, Any]:
    terms = [
        {"kind": "linear", "input": "n", "impute": 0.3, "center": 0.1, "scale": 0.7, "weight": 1.1},
        {"kind": "squared", "input": "n", "impute": 0.0, "center": 0.1, "scale": 3.0, "weight": -1e-40},
        {"kind": "bins", "input": "x", "cuts": [0.1, 0.5], "weights": [0.1, 0.2, 0.7], "missing": -0.3},
        {"kind": "category", "input": "c", "impute": "b", "weights": {"a": 0.1, "b": -0.2}, "unseen": 0.01},
        {"kind": "product", "of": [N, {**C, "unseen": 0.5}], "weight": 0.3},
    ]
    scores = [{"intercept": 0.1 * k, "terms": terms[k % 2 :]} for k in range(width)]
    return {"kind": "additive", "scores": scores, "link": link}


def mapped(member: dict[str, Any], width: int) -> dict[str, Any]:
    maps = [
        {"kind": "sigmoid", "a": -1.7, "b": 0.3},
        {"kind": "isotonic", "x": [-0.5, 0.2, 0.3], "y": [0.0, 0.1, 1.0]},
        {"kind": "isotonic", "x": [0.4], "y": [0.3]},
    ]
    return {"kind": "calibrated", "member": member, "maps": maps[:width]}


PREDICTORS = {
    "logit": sums("logit", 1),
    "softmax": sums("softmax", 3),
    "one against the rest": sums("ovr", 3),
    "exp": sums("exp", 1),
    "trees, 32 bits": forest("float32", "sum", "logit", 1),
    "trees, 64 bits": forest("none", "sum", "softmax", 3),
    "mean": forest("float32", "mean", "identity", 1),
    "mean of several": forest("none", "mean", "softmax", 3),
    "calibrated": mapped(sums("identity", 1), 1),
    "calibrated, several": mapped(forest("none", "sum", "identity", 3), 3),
    "average": {
        "kind": "average",
        "weights": [0.3, 0.7],
        "members": [sums("logit", 1), forest("none", "sum", "logit", 1)],
    },
}


def model(predictor: dict[str, Any]) -> PortableModel:
    width = len(predictor.get("scores", predictor.get("base", predictor.get("maps", [0]))))
    number = predictor.get("link") in ("exp", "identity")
    document = {
        "format": FORMAT,
        "formatVersion": 1,
        "model": "m",
        "version": 1,
        "task": "regression" if number else "binary" if width == 1 else "multiclass",
        "classes": [] if number else ["no", "yes", "perhaps"][: max(width, 2)],
        "inputs": INPUTS,
        "reference": {"x": 0.0, "n": 0, "c": "a"},
        "predictor": predictor,
        "threshold": None if number or width > 1 else 0.5,
    }
    return PortableModel.model_validate(document)


@pytest.mark.parametrize("name", PREDICTORS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_every_kind_of_predictor_answers_as_in_the_kernel(name: str, rows: list[dict[str, Any]]) -> None:
    made = model(PREDICTORS[name])
    found = batch.outputs(made, pl.DataFrame(rows, schema=SCHEMA))
    answers = [made.predict(row) for row in rows]
    assert np.array_equal(found, [answer.outputs for answer in answers])
    if made.classes:
        decided = [made.classes[place] for place in batch.decisions(made, found)]
        assert decided == [answer.decision for answer in answers]


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    made = fitted("multiclass", estimator("random-forest"))
    compiled, frame = fit.compiled(made), made.study.table.frame
    whole = batch.outputs(compiled, frame)
    monkeypatch.setattr(batch, "CHUNK", 7)
    assert np.array_equal(batch.outputs(compiled, frame), whole)


@pytest.mark.parametrize("task", TASKS)
def test_no_rows_have_no_answers(task: str) -> None:
    made = fitted(task, estimator("decision-tree"))
    compiled = fit.compiled(made)
    assert batch.outputs(compiled, made.study.table.frame.clear()).shape == (0, 3 if task == "multiclass" else 1)


def test_ties_go_to_the_first_class_and_thresholds_to_the_second() -> None:
    several, one = model(PREDICTORS["softmax"]), model(PREDICTORS["logit"])
    assert batch.decisions(several, np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])).tolist() == [0, 1]
    assert batch.decisions(one, np.array([[0.5], [np.nextafter(0.5, 0)]])).tolist() == [1, 0]


def test_ten_thousand_rows_and_a_hundred_trees_take_well_under_a_second() -> None:
    made = fitted("binary", {"name": "random-forest"}, rows=1500)
    compiled, frame = fit.compiled(made), made.study.table.frame
    many = pl.concat([frame] * 7)[:10_000]
    evaluate = batch.evaluator(compiled)
    evaluate(many[:10])
    begun = perf_counter()
    assert evaluate(many).shape == (10_000, 1)
    assert perf_counter() - begun < 3, "0.1 s on an idle machine"
