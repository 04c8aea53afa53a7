"""Whether training sees what it could not have seen."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import polars as pl

from counterseal.documents.dataset import Dataset
from pipelines.measures import order
from tests.pipelines import world

COLUMNS = {
    "customer": {"type": "text", "meaning": "Who"},
    "opened": {"type": "date", "meaning": "When"},
    "closed": {"type": "date", "meaning": "When it ended", "known": "after", "nullable": True},
    "income": {"type": "number", "meaning": "Income", "minimum": 0, "maximum": 100},
}
TRAINING = pl.DataFrame(
    {
        "customer": ["a", "b", "c"],
        "opened": [date(2026, 1, 1), date(2026, 3, 1), date(2026, 2, 1)],
        "closed": [None, None, date(2026, 9, 1)],
        "income": [1.0, 2.0, 3.0],
    }
)
HOLDOUT = pl.DataFrame(
    {
        "customer": ["c", "d", "c", "e"],
        "opened": [date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1)],
        "closed": [None, None, None, date(2026, 9, 2)],
        "income": [1.0, 2.0, 3.0, 4.0],
    }
)


def measured(**changes: Any) -> dict[str, Any]:
    document = copy.deepcopy(world.DATASET)
    document["spec"] |= {"columns": COLUMNS, "fingerprint": "0" * 64, **changes}
    return order.measure(TRAINING, HOLDOUT, Dataset.model_validate(document).spec)


def test_cases_on_both_sides_are_counted() -> None:
    assert measured()["shared"]["customer"]["value"] == 0.5
    assert list(measured()["shared"]) == ["customer"]


def test_a_key_that_names_one_row_names_no_case() -> None:
    assert measured(key=["customer"])["shared"] == {}


def test_of_a_key_of_several_columns_the_one_with_the_most_values_names_the_case() -> None:
    columns = {**COLUMNS, "customer": {"type": "integer", "meaning": "Who", "minimum": 1, "maximum": 9}}
    ids = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    sides = [side.with_columns(pl.col("customer").replace_strict(ids), month=1) for side in (TRAINING, HOLDOUT)]
    document = copy.deepcopy(world.DATASET)
    month = {"type": "integer", "meaning": "Which", "minimum": 1, "maximum": 12}
    document["spec"] |= {"columns": {**columns, "month": month}, "fingerprint": "0" * 64, "key": ["month", "customer"]}
    [training, holdout] = sides
    found = order.measure(training, holdout, Dataset.model_validate(document).spec)["shared"]
    assert {name: item["value"] for name, item in found.items()} == {"customer": 0.5}


def test_the_columns_of_the_splits_key_name_a_case_together() -> None:
    split = {"method": "hash", "key": ["customer", "income"]}
    assert measured(split=split)["shared"]["customer, income"]["value"] == 0.25
    assert measured(split={"method": "hash", "key": ["customer"]})["shared"]["customer"]["value"] == 0.5


def test_rows_no_later_than_the_last_one_learned_from_are_counted() -> None:
    found = measured()["future"]
    assert (found["opened"]["value"], found["opened"]["n"]) == (0.5, 4)
    assert (found["closed"]["value"], found["closed"]["n"]) == (0.0, 1)


def test_what_is_known_only_afterwards_is_named() -> None:
    assert measured()["after"] == ["closed"]
