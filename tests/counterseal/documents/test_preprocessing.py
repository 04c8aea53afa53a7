"""Preprocessing: by type, and for single features."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from counterseal.documents.preprocessing import Preprocessing

GIVEN: dict[str, Any] = {
    "numeric": {"impute": "mean"},
    "columns": {"age": {"bins": 5}, "town": {"encode": "woe", "impute": "none"}},
    "interactions": [["age", "income"], ["income", "town"]],
    "monotone": {"income": "decreasing"},
}


def test_a_feature_is_prepared_as_its_type_unless_it_says_otherwise() -> None:
    made = Preprocessing.model_validate(GIVEN)
    age, income = made.of_number("age"), made.of_number("income")
    assert [(item.impute, item.scale, item.bins) for item in (age, income)] == [
        ("mean", "standard", 5),
        ("mean", "standard", "none"),
    ]
    town, job = made.of_category("town"), made.of_category("job")
    assert [(item.impute, item.encode) for item in (town, job)] == [("none", "woe"), ("most_frequent", "one_hot")]
    assert made.names() == {"age", "town", "income"}
    assert Preprocessing().names() == frozenset()


def test_an_override_for_the_other_type_is_an_error() -> None:
    made = Preprocessing.model_validate(GIVEN)
    with pytest.raises(ValueError, match="encode"):
        made.of_number("town")
    with pytest.raises(ValueError, match="bins"):
        made.of_category("age")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"columns": {"age": {"bins": 5, "encode": "woe"}}}, "as for a number"),
        ({"columns": {"age": {"impute": "median", "encode": "woe"}}}, "as for a number"),
        ({"columns": {"age": {"bins": 1}}}, "bins"),
        ({"interactions": [["age", "age"]]}, "each interaction once"),
        ({"interactions": [["age", "income"], ["income", "age"]]}, "each interaction once"),
        ({"interactions": [["age"]]}, "interactions"),
        ({"monotone": {"age": "up"}}, "monotone"),
    ],
)
def test_what_is_none(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        Preprocessing.model_validate(GIVEN | changed)
    assert told in str(error.value)
