"""Numbers with intervals, against published values and other people's code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import intervals


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 0, 0, 1)],
)
def test_wilson_as_published(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe, Statistics in Medicine 17:857 (1998), table I, method 3
    assert intervals.wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((0, 56), (0, 29), -0.1170, 0.0642),
    ],
)
def test_newcombe_as_published(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    # Newcombe, Statistics in Medicine 17:873 (1998), table II, method 10
    assert intervals.newcombe(first, second)[1:] == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_share_lies_in_its_interval(successes: int, failures: int) -> None:
    found = intervals.share(successes, successes + failures)
    assert 0 <= found["low"] <= found["high"] <= 1
    assert found["low"] <= found["value"] <= found["high"]


@given(st.tuples(st.integers(0, 30), st.integers(1, 30)), st.tuples(st.integers(0, 30), st.integers(1, 30)))
def test_a_ratio_turned_over_has_its_interval_turned_over(first: tuple[int, int], second: tuple[int, int]) -> None:
    one, other = (first[0], sum(first)), (second[0], sum(second))
    low, high = intervals.walter(one, other)
    assert 0 < low < high
    assert intervals.walter(other, one) == pytest.approx((1 / high, 1 / low))


def test_a_ratio_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(5)
    pairs = [
        ((int(a), 60), (int(b), 90))
        for a, b in zip(draws.binomial(60, 0.3, 800), draws.binomial(90, 0.2, 800), strict=True)
    ]
    found = [intervals.walter(*pair) for pair in pairs]
    assert 0.94 <= sum(low <= 1.5 <= high for low, high in found) / 800 <= 0.98


def test_a_mean_of_shares_lies_within_its_interval_and_covers() -> None:
    draws, covered = np.random.default_rng(6), 0
    for _ in range(500):
        found = intervals.mean_share([(int(draws.binomial(30, 0.9)), 30), (int(draws.binomial(60, 0.5)), 60)], "shares")
        assert found["low"] <= found["value"] <= found["high"]
        covered += found["low"] <= 0.7 <= found["high"]
    assert 0.93 <= covered / 500 <= 0.98
    assert intervals.share(7, 20)["high"] == pytest.approx(intervals.mean_share([(7, 20)], "one")["high"], abs=1e-6)


def test_a_positive_number_on_the_scale_of_its_logarithm() -> None:
    low, high = intervals.on_log_scale(2.0, 0.5)
    assert low * high == pytest.approx(4.0)
    assert 0 < low < 2 < high
    assert intervals.on_log_scale(0.0, 0.0) == (0.0, 0.0)


def test_a_mean_and_its_interval() -> None:
    found = intervals.mean([0.0, 1.0] * 50, "coins")
    assert found["value"] == 0.5
    assert (found["low"], found["high"]) == pytest.approx((0.4015, 0.5985), abs=5e-4)
    assert intervals.mean([0.25], "coin") | {"method": ""} == {"value": 0.25, "low": 0, "high": 1, "n": 1, "method": ""}


def test_numbers_have_six_decimals_and_one_zero() -> None:
    assert intervals.rounded(1 / 3) == 0.333333
    assert str(intervals.rounded(-1e-9)) == "0.0"
