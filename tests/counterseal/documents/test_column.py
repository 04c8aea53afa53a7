"""Columns: each type has fields of its own, and groups make one sensitive."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from counterseal.documents.column import CategoryColumn, Column, NumberColumn
from tests.goldens.examples import dataset

COLUMN: TypeAdapter[Column] = TypeAdapter(Column)
COLUMNS: dict[str, Any] = dataset().plain()["spec"]["columns"]
AGE, PURPOSE = COLUMNS["age"], COLUMNS["purpose"]
DATE = {"type": "date", "meaning": "When"}
MOMENT = {"type": "datetime", "meaning": "When"}
TEXT = {"type": "text", "meaning": "What"}


@pytest.mark.parametrize(
    "column",
    [
        AGE | {"personal": True, "known": "after"},
        AGE | {"groups": [0.5]},
        DATE,
        DATE | {"minimum": "2013-01-01"},
        DATE | {"minimum": "2013-01-01", "maximum": "2013-01-01", "nullable": True},
        MOMENT | {"minimum": "2013-01-01T00:00:00", "maximum": "2013-12-31T23:59:59.5"},
        MOMENT | {"minimum": "2013-01-01T00:00:00Z", "maximum": "2013-12-31T23:59:59Z"},
        TEXT,
        TEXT | {"pattern": r"\p{Lu}{2}[0-9]{1,30}"},
    ],
)
def test_what_is_a_column(column: dict[str, Any]) -> None:
    made = COLUMN.validate_python(column)
    assert COLUMN.validate_python(made.model_dump(exclude_none=True)) == made


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (AGE | {"known": "never"}, "known"),
        (AGE | {"pattern": "x"}, "pattern"),
        (DATE | {"minimum": "2013-02-30"}, "minimum"),
        (DATE | {"minimum": "2013-01-02", "maximum": "2013-01-01"}, "in that order"),
        (DATE | {"minimum": "2013-01-02T00:00:00"}, "minimum"),
        (DATE | {"groups": [1]}, "groups"),
        (DATE | {"unit": "days"}, "unit"),
        (MOMENT | {"minimum": "2013-01-01"}, "minimum"),
        (MOMENT | {"minimum": "2013-01-01T00:00:00", "maximum": "2013-12-31T23:59:59Z"}, "both in UTC"),
        (TEXT | {"pattern": "(a"}, "unclosed group"),
        (TEXT | {"pattern": "(?=a)"}, "look-around"),
        (TEXT | {"pattern": ""}, "pattern"),
        (TEXT | {"categories": {"a": "b"}}, "categories"),
        (TEXT | {"groups": []}, "groups"),
    ],
)
def test_what_is_none(column: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        COLUMN.validate_python(column)
    assert told in str(error.value)


def test_groups_make_a_column_sensitive() -> None:
    assert [COLUMN.validate_python(column).sensitive for column in (AGE, PURPOSE, TEXT, DATE)] == [True, False] + [
        False
    ] * 2
    assert COLUMN.validate_python(PURPOSE | {"groups": []}).sensitive


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
    ],
)
def test_every_number_has_a_group(column: dict[str, Any], labels: tuple[str, ...], named: dict[float, int]) -> None:
    made = NumberColumn.model_validate(column)
    assert made.group_labels() == labels
    assert {value: made.group_label(value) for value in named} == {value: labels[n] for value, n in named.items()}
    assert made.group_label(None) == labels[-1]


def test_every_category_is_a_group() -> None:
    made = CategoryColumn.model_validate(PURPOSE | {"groups": ()})
    assert made.group_labels() == ("a new car", "a used car", "missing")
    assert [made.group_label(value) for value in ("A40", "A41", None)] == list(made.group_labels())
    assert made.group_label("A99") == "A99"  # nobody described it: a group of its own name
