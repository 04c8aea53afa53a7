"""What train says about how a model came to be."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from counterseal.documents.baseline import SCORE, Baseline
from counterseal.documents.golden import Golden
from counterseal.documents.portable.model import PortableModel
from counterseal.values.digest import sha256
from pipelines import train
from tests.pipelines.tasks import TASKS, estimator, world
from tests.pipelines.test_evaluate import SCOPE, task

if TYPE_CHECKING:
    from tests.pipelines.world import World


def test_provenance_names_everything_that_went_in(toy: World) -> None:
    materials = toy.materials()
    made = train.run(task(materials))
    definition = made.predicate["buildDefinition"]
    named = {item["name"]: item["digest"]["sha256"] for item in definition["resolvedDependencies"]}
    assert named == {
        "model_specs/toy.yaml": sha256(materials["spec"]),
        "datasets/toy/dataset.yaml": sha256(materials["dataset"]),
        "datasets/toy/toy.csv": sha256(materials["data"]),
        **SCOPE.materials.code.model_dump(),
    }
    assert definition["buildType"] == "urn:counterseal:pipeline:v1"
    assert definition["externalParameters"]["spec"] == {"sha256": SCOPE.spec}
    assert definition["internalParameters"]["libraries"]["scikit-learn"] == version("scikit-learn")
    assert made.predicate["runDetails"]["builder"] == {"id": "urn:counterseal:ci"}
    assert made.predicate["counterseal"]["scope"] == SCOPE.model_dump(mode="json")


def test_provenance_says_what_was_chosen_and_how() -> None:
    proposed = {"estimator": estimator("random-forest"), "search": {"max_depth": [1, 5]}}
    told: list[float] = []
    made = train.run(replace(task(world("multiclass").specified(**proposed).materials()), fraction=told.append))
    said = made.predicate["buildDefinition"]["internalParameters"]
    assert said["estimator"] == {"name": "random-forest", "parameters": {"n_estimators": 7, "max_depth": 5}}
    assert said["search"].keys() == {"candidates", "folds", "log loss"}
    assert told == sorted(told)
    assert len(told) > 10
    assert (
        "search" not in train.run(task(world("binary").materials())).predicate["buildDefinition"]["internalParameters"]
    )


@pytest.mark.parametrize("kind", TASKS)
def test_a_model_of_any_task_has_golden_rows_and_a_baseline(kind: str) -> None:
    made = train.run(task(world(kind).specified(estimator=estimator("decision-tree")).materials()))
    model = PortableModel.read(made.files["model"], "model.json")
    assert not Golden.read_json(made.files["golden"], "golden.json").mismatches(model, "golden.json")
    baseline = Baseline.read_json(made.files["baseline"], "baseline.json")
    assert sum(baseline.spec.features[SCORE].counts) == baseline.spec.rows


def test_its_products_are_the_three_files_of_a_model(toy: World) -> None:
    made = train.run(task(toy.materials()))
    assert set(made.files) == set(made.about) == {"model", "golden", "baseline"}
    assert dict(made.files) == dict(train.run(task(toy.materials())).files)
