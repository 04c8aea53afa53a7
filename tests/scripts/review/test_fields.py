from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.review.fields import Branch, differences

SCALARS = st.one_of(st.booleans(), st.integers(), st.text(max_size=5))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
)


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2.5}, [("a", "1", "2.5")]),
        ({"a": {"b": True}}, {"a": {"b": False}}, [("a: b", "yes", "no")]),
        ({"x": {"y": {"z": 1}}}, {"x": {"y": {}}}, [("x · y: z", "1", "-")]),
        ({"f": ["a", "b"]}, {"f": ["b", "c"]}, [("f", "without: a", "new: c")]),
        ({"f": ["a", "b"]}, {"f": ["b", "a"]}, [("f", "a, b", "b, a")]),
        ({"f": ["a"]}, {"f": ["a", "b"]}, [("f", "all kept", "new: b")]),
        ({}, {"c": {"type": "integer", "unit": None}}, [("c", "-", "type integer")]),
        ({}, {"c": Branch({"type": "integer"}, "whole numbers")}, [("c", "-", "whole numbers")]),
    ],
)
def test_what_differs_is_a_row(old: dict[str, Any], new: dict[str, Any], rows: list[tuple[str, str, str]]) -> None:
    assert list(differences(old, new)) == rows


@given(
    st.dictionaries(st.text(max_size=3), DOCUMENTS, max_size=4),
    st.dictionaries(st.text(max_size=3), DOCUMENTS, max_size=4),
)
def test_there_is_a_row_if_and_only_if_something_differs(old: dict[str, Any], new: dict[str, Any]) -> None:

    assert bool(list(differences(old, new))) == (old != new)
