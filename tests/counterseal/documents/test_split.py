"""Splits: a share by hash, by class or by group, or a moment in time."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from counterseal.documents.split import Split

SPLIT: TypeAdapter[Split] = TypeAdapter(Split)
TIME = {"method": "temporal", "column": "t", "since": "2013-10-01"}


@pytest.mark.parametrize(
    "split",
    [
        {"method": "hash", "key": ["id"], "holdout": 0.5},
        {"method": "stratified", "edges": [1, 2.5]},
        {"method": "grouped", "key": ["a", "b"]},
        TIME,
        TIME | {"since": "2013-10-01T12:00:00Z"},
    ],
)
def test_what_is_a_split(split: dict[str, Any]) -> None:
    made = SPLIT.validate_python(split)
    assert (made.method, made.salt) == (split["method"], "1")
    assert SPLIT.validate_python(made.model_dump(exclude_none=True)) == made


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"method": "random"}, "method"),
        ({"holdout": 0.5}, "method"),
        ({"method": "hash", "holdout": 0.05}, "holdout"),
        ({"method": "hash", "holdout": 0.6}, "holdout"),
        ({"method": "hash", "since": "2013-10-01"}, "since"),
        ({"method": "stratified", "edges": [2, 1]}, "rising order"),
        ({"method": "stratified", "edges": []}, "edges"),
        ({"method": "grouped"}, "key"),
        ({"method": "grouped", "key": []}, "key"),
        (TIME | {"holdout": 0.3}, "holdout"),
        (TIME | {"since": "October"}, "since"),
    ],
)
def test_what_is_none(split: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        SPLIT.validate_python(split)
    assert told in str(error.value)
