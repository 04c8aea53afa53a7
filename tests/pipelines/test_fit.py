"""Fitting and compiling: the plain data answers as scikit-learn does, whatever the estimator, the task and the row."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.portable.additive import Additive, BinsTerm, CategoryTerm, LinearTerm, ProductTerm
from counterseal.documents.portable.model import PortableModel
from counterseal.values.finding import Refused
from pipelines import batch, fit, parity
from tests.pipelines import tasks
from tests.pipelines.tasks import TASKS, estimator, fitted

if TYPE_CHECKING:
    from pipelines.fit import Fitted
    from tests.pipelines.world import World

ROW = st.fixed_dictionaries(
    {
        "income": st.none() | st.floats(0, 100),
        "age": st.integers(18, 90),
        "town": st.none() | st.sampled_from(["ash", "elm", "oak", "yew", "unheard of"]),
        "job": st.sampled_from(["j1", "j2", "j3"]),
    }
)
ALL = [(task, item) for task in TASKS for item in tasks.listed(task)]
PREPARATIONS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "unscaled": ("logistic-regression", {"numeric": {"impute": "mean", "scale": "none"}}, {}),
    "nothing imputed": ("logistic-regression", {"numeric": {"impute": "none"}}, {"features": ["age"]}),
    "categories alone": ("logistic-regression", {"categorical": {"impute": "none"}}, {"features": ["town", "job"]}),
    "bins": ("logistic-regression", {"numeric": {"bins": 5}}, {}),
    "ordinal": ("logistic-regression", {"categorical": {"encode": "ordinal"}}, {}),
    "evidence": ("logistic-regression", {"categorical": {"encode": "woe", "impute": "none"}}, {}),
    "overrides": (
        "logistic-regression",
        {"numeric": {"bins": 4}, "columns": {"age": {"bins": "none"}, "job": {"encode": "woe"}}},
        {},
    ),
    "interactions": ("logistic-regression", {"interactions": [["age", "income"], ["job", "age"], ["town", "job"]]}, {}),
    "bells over bins": ("gaussian-naive-bayes", {"numeric": {"bins": 4}, "columns": {"age": {"bins": "none"}}}, {}),
    "trees over products": ("random-forest", {"interactions": [["age", "income"], ["job", "town"]]}, {}),
    "trees over bins": ("extra-trees", {"numeric": {"bins": 3}, "categorical": {"encode": "woe"}}, {}),
    "missing in a tree": ("decision-tree", {"numeric": {"impute": "none"}, "categorical": {"encode": "ordinal"}}, {}),
    "missing in a forest": ("random-forest", {"numeric": {"impute": "none"}}, {}),
    "native": ("histogram-gradient-boosting", tasks.NATIVE, {}),
    "native, imputed": ("histogram-gradient-boosting", {"categorical": {"encode": "native"}}, {}),
    "monotone": (
        "histogram-gradient-boosting",
        tasks.NATIVE | {"monotone": {"income": "decreasing", "age": "increasing"}},
        {},
    ),
    "monotone forest": ("random-forest", {"monotone": {"income": "decreasing"}, "numeric": {"impute": "none"}}, {}),
    "no initial score": ("gradient-boosting", {}, {}),
}


@pytest.fixture(scope="module", params=PREPARATIONS)
def pair(request: pytest.FixtureRequest) -> tuple[Fitted, PortableModel]:
    name, preparation, changes = PREPARATIONS[request.param]
    parameters = {"init": "zero"} if request.param == "no initial score" else {}
    both = fitted("binary", estimator(name, **parameters), preprocessing=preparation, **changes)
    return both, fit.compiled(both)


@pytest.mark.parametrize(
    ("task", "item"), ALL, ids=[f"{task}-{tasks.case(item)}-{n}" for n, (task, item) in enumerate(ALL)]
)
def test_every_estimator_of_the_list_passes_the_gate_for_each_of_its_tasks(task: str, item: dict[str, Any]) -> None:
    made = fitted(task, item)
    model = fit.compiled(made)
    found = parity.compare(made, model, parity.probe(model, made.study.holdout.frame), "model.json")
    assert found["largest_difference"] <= 1e-13
    assert found["rows"] > made.study.holdout.rows
    assert PortableModel.read(model.write(), "model.json") == model


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=20))
def test_plain_data_and_pipeline_agree(pair: tuple[Fitted, PortableModel], rows: list[dict[str, Any]]) -> None:
    pipeline, model = pair
    frame = pl.DataFrame(rows, schema=pipeline.study.table.frame.schema)
    found = np.array([model.predict(row).outputs for row in frame.iter_rows(named=True)])
    assert np.abs(pipeline.outputs(frame) - found).max() <= 1e-13
    assert np.array_equal(batch.outputs(model, frame), found)


def test_the_gate_holds_for_every_preparation(pair: tuple[Fitted, PortableModel]) -> None:
    made, model = pair
    assert parity.compare(made, model, parity.probe(model, made.study.holdout.frame), "model.json")["decisions_equal"]


def test_terms_are_of_inputs_and_not_of_columns() -> None:
    way = {"columns": {"income": {"bins": 4}}, "interactions": [["age", "job"]]}
    predictor = fit.compiled(fitted("binary", estimator("logistic-regression"), preprocessing=way)).predictor
    assert isinstance(predictor, Additive)
    kinds = {LinearTerm: 1, BinsTerm: 1, CategoryTerm: 2, ProductTerm: 2}
    terms = predictor.scores[0].terms
    assert {kind: sum(isinstance(term, kind) for term in terms) for kind in kinds} == kinds


def test_the_model_is_what_the_documents_say(toy: World) -> None:
    model = fit.compiled(fit.fit(toy.specified(threshold=0.4, version=7, reasons={"age": "how old"}).study()))
    assert (model.model, model.version, model.threshold, model.classes) == ("toy", 7, 0.4, ("good", "bad"))
    assert [item.name for item in model.inputs] == list(toy.study().features())
    assert [item.nullable for item in model.inputs] == [True, True, False, False]
    assert [item.says for item in model.inputs] == [None, None, "how old", None]
    # Only what may be missing is imputed.
    [score] = model.predictor.scores  # type: ignore[union-attr]
    imputed = {term.input for term in score.terms if term.impute is not None}  # type: ignore[union-attr]
    assert imputed == {"income", "town"}


@pytest.mark.parametrize("task", TASKS)
def test_the_same_materials_give_the_same_bytes(task: str) -> None:
    forest = estimator("random-forest")
    assert fit.compiled(fitted(task, forest)).write() == fit.compiled(fitted(task, forest)).write()
    assert fit.compiled(fitted(task, forest)) != fit.compiled(fitted(task, forest, seed=1))


FRESH = """
import sys
from hashlib import sha256
from pipelines import fit
from tests.pipelines.tasks import TASKS, fitted, listed
for task in TASKS:
    for item in listed(task):
        print(sha256(fit.compiled(fitted(task, item)).write()).hexdigest())
"""


@pytest.mark.whole
def test_a_fresh_process_with_other_threads_gives_the_same_bytes() -> None:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT", "POLARS_MAX_THREADS")
    told = []
    for count, seed in (("1", "0"), ("4", "1")):
        env = os.environ | dict.fromkeys(threads, count) | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run([sys.executable, "-c", FRESH], env=env, capture_output=True, text=True, check=True)
        told.append(done.stdout.split())
    assert told[0] == told[1]
    assert len(told[0]) == len(set(told[0])) == len(ALL)


def test_a_category_that_never_occurs_has_no_weight() -> None:
    [score] = fit.compiled(fitted("binary", estimator("logistic-regression"))).predictor.scores  # type: ignore[union-attr]
    weights = next(term.weights for term in score.terms if isinstance(term, CategoryTerm) and term.input == "town")
    assert weights["yew"] == 0.0
    assert weights["oak"] != 0.0


@pytest.mark.parametrize("name", ["logistic-regression", "histogram-gradient-boosting"])
def test_rows_held_out_are_not_learned_from(toy: World, name: str) -> None:
    toy = toy.specified(estimator=estimator(name), preprocessing={"categorical": {"encode": "woe"}})
    study = toy.study()
    lines = [line for line, held in zip(toy.lines[1:], study.sides.holdout, strict=True) if not held]
    held = [line for line, held in zip(toy.lines[1:], study.sides.holdout, strict=True) if held]
    turned = [f"{line.rpartition(',')[0]},{({'yes': 'no', 'no': 'yes'})[line.rpartition(',')[2]]}" for line in held]
    again = replace(toy, lines=(toy.lines[0], *lines, *turned))
    assert fit.compiled(fit.fit(again.study())) == fit.compiled(fit.fit(study))


@pytest.mark.parametrize("name", ["logistic-regression", "sgd"])
def test_a_fit_that_does_not_converge_is_refused(name: str) -> None:
    hasty = estimator(name, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Refused, match=r"model_specs/toy.yaml: NOT_CONVERGED"):
            fitted("binary", hasty)


def test_a_model_too_large_to_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = fitted("binary", estimator("random-forest"))
    assert fit.compiled(made)
    monkeypatch.setattr("pipelines.compiling.model.MAX_BYTES", 5_000)
    with pytest.raises(Refused, match=r"toy.yaml: MODEL_TOO_LARGE.*0.005 MB, found .* 7 trees.*max_leaf_nodes"):
        fit.compiled(made)
