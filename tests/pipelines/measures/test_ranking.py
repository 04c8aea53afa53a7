"""How well scores rank, against scikit-learn, a slow DeLong, and simulation."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from pipelines.measures import ranking
from tests.pipelines.measures import toy

PAIRS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=4)


def arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [*pairs, (3, True), (4, True), (3, False), (5, False)]
    return np.asarray([score / 20 for score, _ in pairs]), np.asarray([is_up for _, is_up in pairs])


@settings(max_examples=30)
@given(PAIRS)
def test_auc_and_average_precision_are_those_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = arrays(pairs)
    for found, expected in (
        (ranking.auc(scores, positive), roc_auc_score(positive, scores)),
        (ranking.average_precision(scores, positive), average_precision_score(positive, scores)),
    ):
        assert found["value"] == pytest.approx(expected, abs=1e-6)
        assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1


@settings(max_examples=20)
@given(PAIRS)
def test_the_variance_is_that_of_delongs_own_formula(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = arrays(pairs)
    wins = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
    slow = np.var(wins.mean(axis=1), ddof=1) / wins.shape[0] + np.var(wins.mean(axis=0), ddof=1) / wins.shape[1]
    value, influence = ranking.influence(scores, positive)
    assert value == pytest.approx(wins.mean())
    assert np.square(influence).sum() == pytest.approx(slow)


def test_the_macro_auc_is_that_of_scikit_learn() -> None:
    answers = toy.mixed(300, 1)
    found = ranking.macro_auc(answers.scores, answers.truth)
    expected = roc_auc_score(answers.truth, answers.scores, multi_class="ovr", average="macro")
    assert found["value"] == pytest.approx(expected, abs=1e-6)
    assert found["low"] < found["value"] < found["high"]


def test_of_two_classes_the_macro_auc_is_the_auc() -> None:
    answers = toy.calibrated(200, 2)
    both = ranking.macro_auc(answers.probabilities(), answers.truth)
    assert both | {"method": ""} == ranking.auc(answers.scores, answers.truth == 1) | {"method": ""}


def test_delong_covers_as_often_as_it_says() -> None:
    draws, covered = np.random.default_rng(5), 0
    positive = np.arange(120) < 40
    for _ in range(400):
        found = ranking.auc(draws.normal(0, 1, 120) + positive, positive)
        covered += found["low"] <= 0.76025 <= found["high"]  # Phi(1 / sqrt 2)
    assert 0.92 <= covered / 400 <= 0.98


def test_the_macro_interval_covers_as_often_as_it_says() -> None:
    answers = toy.mixed(200_000, 3)
    truth = ranking.macro_auc(answers.scores, answers.truth)["value"]
    found = [ranking.macro_auc(part.scores, part.truth) for part in (toy.mixed(150, seed) for seed in range(300))]
    assert 0.92 <= sum(item["low"] <= truth <= item["high"] for item in found) / 300 <= 0.98


def test_a_perfect_ranking_is_not_certain() -> None:
    found = ranking.auc(np.asarray([0.1] * 10 + [0.9] * 20), np.asarray([False] * 10 + [True] * 20))
    assert (found["value"], found["high"]) == (1.0, 1.0)
    assert found["low"] == pytest.approx(0.7225, abs=5e-5)
    precision = ranking.average_precision(np.asarray([0.1] * 10 + [0.9] * 20), np.asarray([False] * 10 + [True] * 20))
    assert (precision["value"], precision["high"]) == (1.0, 1.0)
    assert precision["low"] < 0.9


def test_without_two_rows_of_a_class_nothing_is_known() -> None:
    for positive in (np.zeros(30, dtype=bool), np.arange(30) == 3, np.ones(30, dtype=bool)):
        found = ranking.auc(np.linspace(0, 1, 30), positive)
        assert (found["low"], found["high"], found["method"]) == (0.0, 1.0, ranking.UNKNOWN)
    absent = ranking.macro_auc(np.random.default_rng(1).random((30, 3)), np.arange(30.0) % 2)
    assert (absent["low"], absent["high"]) == (0.0, 1.0)
    assert ranking.average_precision(np.ones(3), np.zeros(3, dtype=bool))["high"] == 1.0


def test_average_precision_covers_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(7)

    def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
        positive = np.arange(rows) < rows // 4
        return draws.normal(0, 1, rows) + 1.5 * positive, positive

    truth = ranking.average_precision(*drawn(400_000))["value"]
    found = [ranking.average_precision(*drawn(200)) for _ in range(400)]
    covered = sum(item["low"] <= truth <= item["high"] for item in found)
    assert covered / 400 >= 0.9


def test_a_hundred_thousand_rows_take_a_moment() -> None:
    draws = np.random.default_rng(8)
    scores, positive = draws.random(100_000), draws.random(100_000) < 0.2
    started = time.perf_counter()
    assert math.isclose(ranking.auc(scores, positive)["value"], 0.5, abs_tol=0.02)
    assert time.perf_counter() - started < 1
