"""The committed dataset is what its description says, column by column."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from counterseal.documents.column import CategoryColumn, NumberColumn
from counterseal.documents.dataset import Dataset
from counterseal.values.digest import sha256
from tests.pipelines.conftest import ROOT

if TYPE_CHECKING:
    from tests.pipelines.conftest import Run

FOLDER = ROOT / "datasets/german-credit"
DATASET = Dataset.read((FOLDER / "dataset.yaml").read_bytes(), "dataset.yaml").spec


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (FOLDER / DATASET.file).open(newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_the_file_that_was_described(rows: list[dict[str, str]]) -> None:
    assert sha256((FOLDER / DATASET.file).read_bytes()) == DATASET.fingerprint
    assert len(rows) == 1000
    assert set(rows[0]) == {*DATASET.columns, *DATASET.dropped, DATASET.target.column}


CATEGORIES = {name: item.categories for name, item in DATASET.columns.items() if isinstance(item, CategoryColumn)}
NUMBERS = {name: item for name, item in DATASET.columns.items() if isinstance(item, NumberColumn)}


@pytest.mark.parametrize("name", CATEGORIES)
def test_every_category_occurs_and_no_other(rows: list[dict[str, str]], name: str) -> None:
    assert {row[name] for row in rows} == set(CATEGORIES[name])


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_is_within_bounds_that_fit(rows: list[dict[str, str]], name: str) -> None:
    column, values = NUMBERS[name], [int(row[name]) for row in rows]
    assert column.minimum <= min(values)
    assert max(values) <= column.maximum <= 1.5 * max(values)


def test_why_columns_are_dropped_is_true(rows: list[dict[str, str]]) -> None:
    derived = {(row["personal_status_sex"], row["sex"]) for row in rows}
    assert derived == {("A91", "male"), ("A92", "female"), ("A93", "male"), ("A94", "male")}
    assert sum(row["foreign_worker"] == "A201" for row in rows) == 963
    assert sum(row["credit_risk"] == DATASET.target.classes[-1].value for row in rows) == 300


def test_age_is_sensitive_and_attribution_is_given() -> None:
    assert list(DATASET.columns["age"].groups or ()) == [26, 60]
    assert DATASET.public
    assert DATASET.source.licence == "CC-BY-4.0"
    assert "Hofmann" in DATASET.source.attribution


def test_the_model_is_as_good_as_such_models_are(german: Run) -> None:
    [says] = [said for said in german.story.said if said.startswith("AUC")]
    assert 0.72 < float(says.split()[1]) < 0.84
