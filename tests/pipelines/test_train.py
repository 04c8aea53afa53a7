"""What train says about how a model came to be."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from counterseal.values.digest import sha256
from pipelines import train
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


def test_its_products_are_the_three_files_of_a_model(toy: World) -> None:
    made = train.run(task(toy.materials()))
    assert set(made.files) == set(made.about) == {"model", "golden", "baseline"}
    assert dict(made.files) == dict(train.run(task(toy.materials())).files)
