"""Numbers with intervals, against published values and other people's code."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

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


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=4))
def test_auc_is_that_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    pairs += [(3, True), (4, True), (3, False), (5, False)]
    scores, positive = [score / 20 for score, _ in pairs], [is_up for _, is_up in pairs]
    found = intervals.auc(scores, positive)
    assert found["value"] == pytest.approx(roc_auc_score(positive, scores), abs=1e-6)
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1


def test_delong_covers_as_often_as_it_says() -> None:
    random, covered = Random(5), 0
    for _ in range(400):
        rows = [(random.gauss(1, 1), True) for _ in range(40)] + [(random.gauss(0, 1), False) for _ in range(80)]
        found = intervals.auc([score for score, _ in rows], [is_up for _, is_up in rows])
        covered += found["low"] <= 0.76025 <= found["high"]  # Phi(1 / sqrt 2)
    assert 0.92 <= covered / 400 <= 0.98


def test_a_perfect_ranking_is_not_certain() -> None:
    found = intervals.auc([0.1] * 10 + [0.9] * 20, [False] * 10 + [True] * 20)
    assert (found["value"], found["high"]) == (1.0, 1.0)
    assert found["low"] == pytest.approx(0.7225, abs=5e-5)


def test_a_mean_and_its_interval() -> None:
    found = intervals.mean([0.0, 1.0] * 50, "coins")
    assert found["value"] == 0.5
    assert (found["low"], found["high"]) == pytest.approx((0.4015, 0.5985), abs=5e-4)
    assert intervals.mean([0.25], "coin") | {"method": ""} == {"value": 0.25, "low": 0, "high": 1, "n": 1, "method": ""}


def test_numbers_have_six_decimals_and_one_zero() -> None:
    assert intervals.rounded(1 / 3) == 0.333333
    assert str(intervals.rounded(-1e-9)) == "0.0"
