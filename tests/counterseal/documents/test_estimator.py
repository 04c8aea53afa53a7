"""Estimators: alone, or made of others."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from counterseal.documents.estimator import Estimator

TREE: dict[str, Any] = {"name": "decision-tree", "parameters": {"max_depth": 3}}
CALIBRATED = {"name": "calibrated", "of": TREE, "parameters": {"method": "sigmoid", "cv": 3}}
VOTING = {"name": "voting", "members": [TREE, CALIBRATED], "parameters": {"weights": [1, 2]}}


def test_what_it_is_made_of() -> None:
    made = [Estimator.model_validate(given) for given in (TREE, CALIBRATED, VOTING)]
    assert [[part.name for part in item.parts] for item in made] == [
        [],
        ["decision-tree"],
        ["decision-tree", "calibrated"],
    ]
    assert [item.depth for item in made] == [1, 2, 3]
    assert made[2].parameters == {"weights": (1.0, 2.0)}
    assert made[0].model_dump(exclude_none=True) == TREE


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        (TREE | {"of": TREE}, "`of`"),
        ({"name": "calibrated"}, "`of`"),
        (TREE | {"members": [TREE, TREE]}, "`members`"),
        ({"name": "voting"}, "`members`"),
        ({"name": "voting", "members": [TREE]}, "members"),
        ({"name": "calibrated", "of": VOTING}, "at most 3 deep"),
        (TREE | {"parameters": {"a": [[1]]}}, "parameters"),
        (TREE | {"parameters": {"a": ["x"]}}, "parameters"),
    ],
)
def test_what_is_none(estimator: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        Estimator.model_validate(estimator)
    assert told in str(error.value)
