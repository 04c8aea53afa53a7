from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.review.rows import _by_cells, _by_key

ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12"), st.sampled_from("yn")), max_size=12)


def frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"id": pl.String, "x": pl.String, "target": pl.String}, orient="row")


def counted(before: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int, int]:
    come, gone, flips = (int(row[1]) for row in _by_cells(before, after, "target"))
    return come, gone, flips


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([("a", "1", "y")], [("a", "1", "y")], (0, 0, 0)),
        ([("a", "1", "y")], [("a", "1", "n")], (0, 0, 1)),
        ([("a", "1", "y")], [("a", "2", "y")], (1, 1, 0)),
        ([("a", "1", "y")], [("a", "1", "y"), ("a", "1", "n")], (1, 0, 0)),
        ([("a", "1", "y"), ("a", "1", "y")], [("a", "1", "n")], (0, 1, 1)),
        ([("a", "1", "y"), ("a", "1", "n")], [("a", "1", "n"), ("a", "1", "y")], (0, 0, 0)),
    ],
)
def test_without_a_key_a_row_is_known_by_its_cells(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]], expected: tuple[int, int, int]
) -> None:
    assert counted(frame(*before), frame(*after)) == expected


@given(ROWS, ROWS)
def test_what_came_and_went_adds_up(before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]) -> None:
    come, gone, flips = counted(frame(*before), frame(*after, ("a", "1", "y")))
    assert len(before) + come - gone == len(after) + 1
    assert 0 <= flips <= min(len(before), len(after) + 1)
    assert counted(frame(*after, ("b", "2", "n")), frame(*after, ("b", "2", "n"))) == (0, 0, 0)


def test_by_a_key_each_column_that_changed_is_named() -> None:
    before = frame(("a", "1", "y"), ("b", "1", "y"), ("c", "1", "n"))
    after = frame(("a", "2", "n"), ("b", "1", "y"), ("d", "1", "n"))
    found = {row[0]: row[1:] for row in _by_key(before, after, ("id",), "target")}
    assert {name: row[0] for name, row in found.items()} == {
        "new": "1",
        "gone": "1",
        "with another label": "1",
        "with another x": "1",
    }
    assert found["with another x"][1] == "50.0 % of those kept"


def test_no_name_of_a_column_is_in_the_way() -> None:
    columns = {"more": pl.String, "up": pl.String, "rows": pl.String, "target": pl.String}
    one = pl.DataFrame([("1", "2", "3", "y")], schema=columns, orient="row")
    other = pl.DataFrame([("1", "2", "3", "n")], schema=columns, orient="row")
    assert counted(one, other) == (0, 0, 1)
