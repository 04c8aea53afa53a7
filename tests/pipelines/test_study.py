"""A spec, its dataset and the data together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.values.finding import Refused
from pipelines import study
from tests.pipelines.world import DATASET, MODEL

if TYPE_CHECKING:
    from tests.pipelines.world import World

WHERE = "model_specs/toy.yaml"


def refusal(made: World) -> Refused:
    with pytest.raises(Refused) as refused:
        made.study()
    return refused.value


def test_a_study_knows_its_two_sides(toy: World) -> None:
    made = toy.study()
    assert made.classes == ("good", "bad")
    assert made.features() == ("income", "town", "age", "job")
    assert made.features("integer", "number") == ("income", "age")
    assert sum(made.training.labels()) + sum(made.holdout.labels()) == made.table.positive.sum()
    assert made.paths()["data"] == "datasets/toy/toy.csv"


@pytest.mark.parametrize(
    ("feature", "code", "told"),
    [
        ("wealth", "COLUMN_UNKNOWN", "described are: income, age, town, job"),
        ("id", "COLUMN_UNKNOWN", "id, which is dropped: It names a row"),
        ("outcome", "TARGET_AS_FEATURE", "outcome, the target"),
    ],
)
def test_a_feature_that_cannot_be_one_is_refused(toy: World, feature: str, code: str, told: str) -> None:
    refused = refusal(toy.specified(features=["age", feature]))
    assert (refused.code, len(refused.findings)) == (code, 1)
    assert refused.findings[0].where.startswith(f"{WHERE}:")
    assert refused.findings[0].where != f"{WHERE}:1"
    assert told in str(refused)


def test_a_column_written_down_after_the_outcome_is_no_feature(toy: World) -> None:
    refused = refusal(toy.column("job", known="after"))
    assert (refused.code, len(refused.findings)) == ("COLUMN_AFTER_OUTCOME", 1)
    toy.column("job", known="after").specified(features=["age", "town"]).study()


def test_a_feature_is_a_number_or_a_category(toy: World) -> None:
    seen = {"type": "date", "meaning": "When"}
    refused = refusal(toy.described(columns={**DATASET["spec"]["columns"], "job": seen}))
    assert "COLUMN_TYPE" in [finding.code for finding in refused.findings]


def test_a_feature_named_twice_is_refused(toy: World) -> None:
    assert "each feature once" in str(refusal(toy.specified(features=["age", "age"])))


def test_a_number_that_may_be_missing_needs_an_imputation(toy: World) -> None:
    none: dict[str, Any] = {"numeric": {"impute": "none"}}
    refused = refusal(toy.specified(preprocessing=none))
    assert refused.code == "IMPUTATION_NEEDED"
    toy.specified(preprocessing=none, features=["age", "town"]).study()


def test_names_must_be_those_of_the_places(toy: World) -> None:
    with pytest.raises(Refused, match=r"NAME_MISMATCH.*metadata.name other, found toy"):
        study.read(toy.materials(), "other")
    refused = refusal(toy.specified(dataset="elsewhere"))
    assert (refused.code, refused.findings[0].where) == ("NAME_MISMATCH", "datasets/elsewhere/dataset.yaml")


def test_data_with_another_fingerprint_is_refused_before_it_is_parsed(toy: World) -> None:
    materials = toy.materials()
    with pytest.raises(Refused, match=r"FINGERPRINT_MISMATCH.*data with the SHA-256"):
        study.read({**materials, "data": b"\xff not even text"}, MODEL)
    assert refusal(replace(toy, fingerprint="0" * 64)).code == "FINGERPRINT_MISMATCH"


def test_a_feature_without_a_value_is_refused(toy: World) -> None:
    lines = (toy.lines[0], *(",".join((line.split(",")[0], "", *line.split(",")[2:])) for line in toy.lines[1:]))
    assert refusal(replace(toy, lines=lines)).code == "FEATURE_EMPTY"
    replace(toy, lines=lines).specified(features=["age"]).study()


def test_documents_that_do_not_hold_are_refused(toy: World) -> None:
    assert refusal(toy.specified(colour="blue")).code == "UNKNOWN_FIELD"
    assert refusal(toy.described(fle="x")).code == "UNKNOWN_FIELD"
    with pytest.raises(Refused, match="YAML_DUPLICATE_KEY"):
        study.read({**toy.materials(), "spec": b"a: 1\na: 2\n"}, MODEL)
