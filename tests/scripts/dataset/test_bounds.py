"""Bounds: round, outside of every value, and no single row's."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scripts.dataset.bounds import Ends, K, outward, years

VALUES = st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.6g}"))


@given(VALUES, VALUES, st.integers(1, 20), st.integers(1, 20))
@example(0.0, 1.2, 1, 1)
def test_every_value_lies_within_and_no_lonely_one_is_quoted(
    one: float, other: float, at_low: int, at_high: int
) -> None:
    low, high = sorted((one, other))
    made = outward(Ends(low, high, at_low, at_high, low, high), whole=False)
    assert made[0] <= low <= high <= made[1]
    assert at_low >= K or low == 0 or made[0] < low
    assert at_high >= K or high == 0 or made[1] > high
    assert low < 0 or made[0] >= 0


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_whole_numbers_stay_whole(low: int, span: int) -> None:
    made = outward(Ends(low, low + span, 1, 1, low, low + span), whole=True)
    assert [type(end) for end in made] == [int, int]
    assert made[0] <= low
    assert made[1] >= low + span


@pytest.mark.parametrize(
    ("low", "next_low", "next_high", "high", "suspect"),
    [
        (-999, 0, 50, 60, -999),
        (-1, 0, 50, 60, None),
        (-999, -998, 50, 60, None),
        (0, 1, 50, 9999, 9999),
        (0, 1, 9000, 9999, None),
        (17, 18, 89, 99, None),
    ],
)
def test_an_extreme_that_may_mean_missing(
    low: float, next_low: float, next_high: float, high: float, suspect: float | None
) -> None:
    assert Ends(low, high, 1, 1, next_low, next_high).suspect == suspect


def test_dates_go_to_the_ends_of_their_years() -> None:
    assert years("2013-05-03", "2014-02-01") == ("2013-01-01", "2014-12-31")
    assert years("2013-05-03T05:15:00Z", "2013-06-01T00:00:00Z") == ("2013-01-01T00:00:00Z", "2013-12-31T23:59:59Z")
