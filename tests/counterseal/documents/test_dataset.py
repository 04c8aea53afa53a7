"""Datasets: each column is described once, and rows are known and divided by what is never missing."""

from __future__ import annotations

from typing import Any

import pytest

from counterseal.documents.dataset import Dataset
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
        {"split": {"method": "hash", "holdout": 0.5, "salt": "2"}},
        {"public": False},
        {"file": "raw/data.parquet", "format": "parquet"},
    ],
)
def test_what_is_a_dataset(fields: dict[str, Any]) -> None:
    made = read(**fields)
    assert Dataset.read(made.write(), "x") == made


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (with_age(categories={"a": "b"}), "categories"),
        (with_age(minimum=None), "minimum"),
        (with_age(minimum=101), "in that order"),
        (with_age(type="category"), "categories"),
        (with_age(type="date"), "groups"),
        (with_age(type="real"), "'integer', 'number', 'category', 'date', 'datetime', 'text'"),
        (with_age(groups=[]), "groups"),
        (with_age(groups=[60, 26]), "rising order"),
        (with_age(groups=[26, 26]), "rising order"),
        (with_age(minimum="18"), "minimum"),
        (with_age(nullable="no"), "nullable"),
        (with_age(meaning=""), "meaning"),
        (with_purpose(categories=None), "categories"),
        (with_purpose(minimum=1, maximum=2), "minimum"),
        (with_purpose(groups=[1]), "groups"),
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
        ({"format": "json"}, "format"),
        ({"file": "../data.csv"}, "a path inside this folder"),
        ({"file": "/etc/passwd"}, "a path inside this folder"),
        ({"fingerprint": "x"}, "fingerprint"),
        ({"split": {"method": "hash", "holdout": 0.05}}, "holdout"),
        ({"split": {"holdout": 0.5}}, "split.method"),
        ({"split": {"method": "random"}}, "method"),
    ],
)
def test_what_is_none(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused) as error:
        read(**fields)
    assert told in str(error.value)


def with_time(**fields: Any) -> dict[str, Any]:
    columns = SPEC["columns"] | {
        "id": {"type": "text", "meaning": "Which"},
        "day": {"type": "date", "meaning": "When", "minimum": "2013-01-01"},
        "moment": {"type": "datetime", "meaning": "When", "minimum": "2013-01-01T00:00:00"},
    }
    return {"columns": columns} | fields


NUMBER = {"task": "regression", "column": "paid", "meaning": "How much", "unit": "DM", "minimum": 0, "maximum": 9}


@pytest.mark.parametrize(
    "fields",
    [
        {"key": ["id"]},
        {"split": {"method": "grouped", "key": ["id", "purpose"]}},
        {"split": {"method": "temporal", "column": "day", "since": "2013-10-01"}},
        {"split": {"method": "temporal", "column": "moment", "since": "2013-10-01T00:00:00"}},
        {"split": {"method": "stratified"}},
        {"split": {"method": "stratified", "edges": [1, 2]}, "target": NUMBER},
        {"target": NUMBER},
    ],
)
def test_rows_are_divided_by_what_is_never_missing(fields: dict[str, Any]) -> None:
    made = read(**with_time(**fields))
    assert Dataset.read(made.write(), "x") == made


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"key": ["sex"]}, "sex is not"),
        ({"key": ["amount"]}, "amount is not"),
        ({"key": ["credit_risk"]}, "credit_risk is not"),
        ({"split": {"method": "hash", "key": ["amount"]}}, "amount is not"),
        ({"split": {"method": "temporal", "column": "then", "since": "2013-10-01"}}, "then is not"),
        ({"split": {"method": "temporal", "column": "age", "since": "2013-10-01"}}, "of type integer"),
        ({"split": {"method": "temporal", "column": "moment", "since": "2013-10-01"}}, "of type datetime"),
        ({"split": {"method": "temporal", "column": "day", "since": "2013-10-01T00:00:00"}}, "of type date"),
        ({"split": {"method": "temporal", "column": "moment", "since": "2013-10-01T00:00:00Z"}}, "all in UTC or none"),
        ({"split": {"method": "stratified", "edges": [1]}}, "edges for a stratified split of a number"),
        ({"split": {"method": "stratified"}, "target": NUMBER}, "edges for a stratified split of a number"),
    ],
)
def test_rows_are_not_divided_by_anything_else(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused) as error:
        read(**with_time(**fields))
    assert told in str(error.value)


def test_what_a_model_can_read_and_what_is_sensitive() -> None:
    spec = read(**with_time()).spec
    assert list(spec.readable) == ["age", "amount", "purpose"]
    assert list(spec.sensitive) == ["age"]
