"""Whatever bytes come: a question, or findings; nothing else, and no value in them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from serving import body
from tests.serving import toy

MODEL = toy.portable()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*toy.ROW, "rows", 40])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*toy.ROW, "rows"]), inner)
)
CELLS = SCALARS | st.lists(SCALARS, max_size=2)
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys((*toy.ROW, "more"), CELLS))


def answered(data: bytes) -> list[float]:
    try:
        return [MODEL.checked(row).probability for row in body.parse(data).rows]
    except Refused:
        return []


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    answered(data)


@given(VALUES)
def test_any_json(value: Any) -> None:
    answered(json.dumps(value).encode())


@given(st.lists(ROWS, max_size=3))
def test_any_rows(rows: list[dict[str, Any]]) -> None:
    assert all(0 <= probability <= 1 for probability in answered(json.dumps({"rows": rows}).encode()))


def test_a_question() -> None:
    question = body.parse(json.dumps({"rows": [toy.ROW], "contributions": True}).encode())
    assert question == ([toy.ROW], True)


@pytest.mark.parametrize("value", [[], {"rows": 1}, {"rows": [1]}, {"rows": [], "x": 1}])
def test_no_question(value: Any) -> None:
    with pytest.raises(Refused):
        body.parse(json.dumps(value).encode())
