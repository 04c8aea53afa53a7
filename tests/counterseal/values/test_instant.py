"""Instants have one spelling, to the second, in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from counterseal.values.instant import Instant, parse, render

FIELD: TypeAdapter[datetime] = TypeAdapter(Instant)
MOMENTS = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(MOMENTS)
def test_what_is_written_reads_back(moment: datetime) -> None:
    assert parse(render(moment)) == moment
    assert FIELD.validate_python(render(moment)) == moment
    assert FIELD.dump_python(moment, mode="json") == render(moment)


def test_years_are_written_with_four_digits_everywhere() -> None:
    assert render(datetime(1, 2, 3, tzinfo=UTC)) == "0001-02-03T00:00:00Z"
    assert parse("0001-02-03T00:00:00Z").year == 1


def test_other_zones_are_written_as_utc() -> None:
    there = datetime(2026, 11, 22, 4, 0, 0, tzinfo=timezone(timedelta(hours=1)))
    assert render(there) == "2026-11-22T03:00:00Z"
    assert FIELD.validate_python(there).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T03:26:23",
        "2026-11-22T03:26:23+00:00",
        "2026-11-22T03:26:23z",
        "2026-11-22 03:26:23Z",
        "2026-11-22T03:26:23.5Z",
        "2026-11-22T03:26Z",
        "2026-1-22T03:26:23Z",
        "2026-11-22T3:26:23Z",
        "2026-02-30T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T03:26:60Z",
        "2026-11-22T03:26:23Z\n",
        " 2026-11-22T03:26:23Z",
        "٢٠٢٦-11-22T03:26:23Z",  # digits that int() would take
        "2026-11-22",
        "",
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    assert parse("2026-11-22T03:26:23Z")
    with pytest.raises(ValueError, match=r".+"):
        parse(text)
    with pytest.raises(ValidationError):
        FIELD.validate_python(text)


@pytest.mark.parametrize("value", [0, 1_700_000_000, 1.5, None, True, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_numbers_and_times_without_a_zone_are_no_instants(value: object) -> None:
    with pytest.raises(ValidationError):
        FIELD.validate_python(value)
