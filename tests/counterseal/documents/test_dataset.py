"""Datasets: each column has a type, bounds or categories, and a meaning; groups make it sensitive."""

from __future__ import annotations

from typing import Any

import pytest

from counterseal.documents.dataset import Column, Dataset
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.goldens.examples import dataset

DATASET = dataset()
PLAIN: dict[str, Any] = DATASET.plain()
SPEC: dict[str, Any] = PLAIN["spec"]
AGE, PURPOSE = SPEC["columns"]["age"], SPEC["columns"]["purpose"]


def read(**fields: Any) -> Dataset:
    return Dataset.read_json(strict_json.canonical(PLAIN | {"spec": SPEC | fields}), "x")


def with_age(**fields: Any) -> dict[str, Any]:
    return {"columns": SPEC["columns"] | {"age": AGE | fields}}


def with_purpose(**fields: Any) -> dict[str, Any]:
    return {"columns": SPEC["columns"] | {"purpose": PURPOSE | fields}}


def with_target(**fields: Any) -> dict[str, Any]:
    return {"target": SPEC["target"] | fields}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        with_age(minimum=18, maximum=18),
        with_age(groups=None),
        with_age(groups=[30]),
        with_age(nullable=True),
        with_purpose(groups=[]),
        {"dropped": {}},
        {"missing": ["", "NA"]},
        {"split": {"holdout": 0.5, "salt": "2"}},
        {"public": False},
        {"file": "raw/data.csv"},
    ],
)
def test_what_is_a_dataset(fields: dict[str, Any]) -> None:
    made = read(**fields)
    assert Dataset.read(made.write(), "x") == made


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (with_age(categories={"a": "b"}), "categories for a category"),
        (with_age(minimum=None), "in that order"),
        (with_age(minimum=101), "in that order"),
        (with_age(type="category"), "categories for a category"),
        (with_age(type="date"), "type"),
        (with_age(groups=[]), "cut points as groups of a number"),
        (with_age(groups=[60, 26]), "rising order"),
        (with_age(groups=[26, 26]), "rising order"),
        (with_age(minimum="18"), "minimum"),
        (with_age(nullable="no"), "nullable"),
        (with_age(meaning=""), "meaning"),
        (with_purpose(categories=None), "categories for a category"),
        (with_purpose(minimum=1, maximum=2), "for a number, and for nothing else"),
        (with_purpose(groups=[1]), "an empty list as groups of a category"),
        (with_purpose(categories={"": "x"}), "categories"),
        ({"columns": {}}, "columns"),
        ({"columns": {"a b": AGE}}, "columns"),
        ({"dropped": {"age": "x"}}, "each column once"),
        ({"dropped": {"credit_risk": "x"}}, "each column once"),
        (with_target(column="age"), "each column once"),
        (with_target(negative={"value": "2", "label": "good"}), "two classes"),
        (with_target(negative={"value": "1", "label": "bad"}), "two classes"),
        (with_target(negative={"value": 1, "label": "good"}), "value"),
        ({"public": "true"}, "public"),
        ({"format": "parquet"}, "format"),
        ({"file": "../data.csv"}, "a path inside this folder"),
        ({"file": "/etc/passwd"}, "a path inside this folder"),
        ({"fingerprint": "x"}, "fingerprint"),
        ({"split": {"holdout": 0.05}}, "holdout"),
        ({"split": {"holdout": 0.6}}, "holdout"),
        ({"split": {"method": "random"}}, "method"),
    ],
)
def test_what_is_none(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused) as error:
        read(**fields)
    assert told in str(error.value)


def test_groups_make_a_column_sensitive() -> None:
    columns = DATASET.spec.columns
    assert columns["age"].sensitive
    assert not columns["purpose"].sensitive
    assert Column.model_validate(PURPOSE | {"groups": []}).sensitive


@pytest.mark.parametrize(
    ("column", "labels", "named"),
    [
        (AGE, ("under 26", "26 to 59", "60 and over", "missing"), {25: 0, 26: 1, 59: 1, 60: 2, 99: 2}),
        (AGE | {"groups": [30]}, ("under 30", "30 and over", "missing"), {29: 0, 30: 1}),
        (
            AGE | {"type": "number", "groups": [0.5, 2]},
            ("under 0.5", "0.5 to under 2", "2 and over", "missing"),
            {0.4: 0, 0.5: 1, 1.9: 1, 2: 2},
        ),
        (PURPOSE | {"groups": []}, ("a new car", "a used car", "missing"), {"A40": 0, "A41": 1}),
    ],
)
def test_every_value_has_a_group(column: dict[str, Any], labels: tuple[str, ...], named: dict[Any, int]) -> None:
    made = Column.model_validate(column)
    assert made.group_labels() == labels
    assert {value: made.group_label(value) for value in named} == {value: labels[n] for value, n in named.items()}
    assert made.group_label(None) == labels[-1]


def test_a_category_nobody_described_is_a_group_of_its_own_name() -> None:
    assert Column.model_validate(PURPOSE | {"groups": []}).group_label("A99") == "A99"
