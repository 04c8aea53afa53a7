"""Days and moments: ISO 8601 in few spellings, none of which names a time zone but UTC."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from counterseal.values.day import Day, Moment, order

DAY, MOMENT = TypeAdapter(Day), TypeAdapter(Moment)


@given(st.dates(), st.dates())
def test_days_sort_as_their_texts_do(first: date, second: date) -> None:
    assert DAY.validate_python(first.isoformat()) == first.isoformat()
    assert (order(first.isoformat()) < order(second.isoformat())) == (first.isoformat() < second.isoformat())


@given(st.datetimes())
def test_a_moment_with_and_without_a_zone(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds")
    assert order(MOMENT.validate_python(text)) == (False, moment)
    assert order(MOMENT.validate_python(f"{text}Z")) == (True, moment)


def test_a_fraction_sorts_by_its_worth() -> None:
    assert order("2013-01-31T05:15:00") < order("2013-01-31T05:15:00.1") < order("2013-01-31T05:15:00.25")


@pytest.mark.parametrize("text", ["2013-02-30", "2013-1-1", "20130101", "2013-01-01 ", "2013-01-01T05:15:00", "", "x"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-31",
        "2013-01-31 05:15:00",
        "2013-01-31T05:15",
        "2013-01-31T24:15:00",
        "2013-01-31T05:15:00+01:00",
        "2013-01-31T05:15:00z",
        "2013-01-31T05:15:00\n",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)
    if text != "2013-01-31":
        with pytest.raises(ValueError, match=r"expected a day like|must be in"):
            order(text)
