"""The bill of materials."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.statement import Scope
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from pipelines import bom, licences, lock
from pipelines.data.material import content

if TYPE_CHECKING:
    from tests.pipelines.conftest import Run

WHERE = "sbom/german-credit.cdx.json"


@pytest.fixture(scope="module")
def made(german: Run) -> dict[str, Any]:
    found: dict[str, Any] = strict_json.loads(german.files[WHERE], WHERE)
    return found


@pytest.fixture(scope="module")
def small(made: dict[str, Any]) -> dict[str, Any]:
    """The same with few packages, which is judged faster."""
    kept = [item for item in made["components"] if item["type"] == "data" or item["name"] in bom.DIRECT]
    refs = {item["bom-ref"] for item in (*kept, made["metadata"]["component"])}
    needs = [{**item, "dependsOn": sorted({*item.get("dependsOn", ())} & refs)} for item in made["dependencies"]]
    return {**made, "components": kept, "dependencies": [item for item in needs if item["ref"] in refs]}


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in component["properties"]}


def test_it_names_the_model_the_data_and_every_package(made: dict[str, Any], german: Run) -> None:
    model = made["metadata"]["component"]
    assert (model["type"], model["name"]) == ("machine-learning-model", "german-credit")
    assert model["hashes"][0]["content"] == sha256(german.files["registry/german-credit/model/model.json"])
    [data] = [item for item in made["components"] if item["type"] == "data"]
    assert data["hashes"][0]["content"] == sha256(german.inputs.dataset)
    assert data["licenses"] == [{"license": {"id": "CC-BY-4.0"}}]
    assert "Hofmann" in data["copyright"]
    packages = {item["purl"]: item for item in made["components"] if item["type"] == "library"}
    assert set(packages) == {pin.purl for pin in lock.read(german.inputs.lock, "lock")}
    assert all(item["licenses"] for item in packages.values())
    assert len(packages) + 1 == len(made["components"])


def test_every_component_has_a_licence_property(made: dict[str, Any]) -> None:
    for item in (*made["components"], made["metadata"]["component"]):
        assert bom.licence_of(item) == properties(item)[bom.LICENCE] != licences.UNKNOWN


def test_it_carries_scope_and_numbers(made: dict[str, Any], german: Run) -> None:
    found = properties(made["metadata"])
    scope = Scope.from_properties(made["metadata"]["properties"], WHERE)
    assert (scope.model, scope.step, scope.materials.code) == ("german-credit", "bom", german.inputs.code)
    assert found["counterseal:model#"] == sha256(german.files["registry/german-credit/model/model.json"])
    numbers = strict_json.loads(found["counterseal:metrics"].encode(), WHERE)
    assert f"auc: {numbers['auc']}\n" in german.files["registry/german-credit/entry.yaml"].decode()


def test_it_leaves_the_hashes_of_packages_to_the_lock(made: dict[str, Any], german: Run) -> None:
    assert not any("hashes" in item for item in made["components"] if item["type"] == "library")
    assert sha256(german.inputs.lock) in properties(made["metadata"])[bom.HASHES]
    assert len(german.files[WHERE]) < 120_000


def test_its_card_has_metrics_with_intervals(made: dict[str, Any]) -> None:
    card = made["metadata"]["component"]["modelCard"]
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert {"auc", "brier", "accuracy"} <= {item["type"] for item in metrics}
    for item in metrics:
        interval = item["confidenceInterval"]
        assert float(interval["lowerBound"]) <= float(item["value"]) <= float(interval["upperBound"])
    assert "calibration gap" in {item["type"] for item in metrics if item["slice"] == "age: under 26"}
    assert card["considerations"]["technicalLimitations"]
    assert card["modelParameters"]["outputs"] == [{"format": "probability of 'bad'"}, {"format": "decision"}]


def test_it_has_no_clock_no_host_and_no_record(made: dict[str, Any], german: Run) -> None:
    text = german.files[WHERE].decode()
    assert "timestamp" not in made["metadata"]
    assert set(re.findall(r"[a-z]+://[^/\" ]+", text)) == {"http://cyclonedx.org"}
    assert re.search(r"(?i)pypi\.|pythonhosted|index-url|simple/", text) is None
    assert content(german.inputs.data).decode().splitlines()[1] not in text


def test_the_same_run_has_the_same_bytes(german: Run, german_again: Run) -> None:
    assert german.files[WHERE] == german_again.files[WHERE]


def test_a_valid_one_passes(small: dict[str, Any]) -> None:
    bom.check(small, WHERE)


def break_schema(value: dict[str, Any]) -> None:
    value["metadata"]["component"]["modelCard"]["modelParameters"]["approach"]["type"] = "magic"


def break_key(value: dict[str, Any]) -> None:
    value["metadata"]["component"]["modelCardd"] = {}


def break_dependency(value: dict[str, Any]) -> None:
    value["dependencies"][0]["dependsOn"] = ["pkg:pypi/nobody@1"]


def break_dataset(value: dict[str, Any]) -> None:
    value["metadata"]["component"]["modelCard"]["modelParameters"]["datasets"] = [{"ref": "data:nobody"}]


def break_workflow(value: dict[str, Any]) -> None:
    value["formulation"][0]["workflows"][0]["outputs"][0]["resource"]["ref"] = "model:nobody"


def break_reference(value: dict[str, Any]) -> None:
    value["components"][0]["bom-ref"] = value["components"][1]["bom-ref"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (break_schema, "BOM_INVALID"),
        (break_key, "BOM_INVALID"),
        (break_dependency, "BOM_DANGLING"),
        (break_dataset, "BOM_DANGLING"),
        (break_workflow, "BOM_DANGLING"),
        (break_reference, "BOM_REF_TWICE"),
    ],
)
def test_a_broken_one_is_refused(small: dict[str, Any], change: Any, code: str) -> None:
    broken = copy.deepcopy(small)
    change(broken)
    with pytest.raises(Refused) as refused:
        bom.check(broken, WHERE)
    assert refused.value.code == code
    assert len(str(refused.value)) < 500
