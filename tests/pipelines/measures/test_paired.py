"""Differences of two models on the same rows: the published numbers, what they cover, and what pairing is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from pipelines.intervals import quantile
from pipelines.measures import paired, ranking

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.intervals import Estimate
    from pipelines.measures.paired import Marks, Numbers


def counted(both: int, come: int, gone: int, neither: int) -> tuple[Marks, Marks]:
    """Return marks with these counts: of both models, of the new one alone, of the old one alone, of none."""
    old = [True] * both + [False] * come + [True] * gone + [False] * neither
    new = [True] * both + [True] * come + [False] * gone + [False] * neither
    return np.array(old), np.array(new)


def scored(n: int, seed: int, noise: tuple[float, float]) -> tuple[tuple[Numbers, Numbers], Marks]:
    """Return the scores of two models that see the same thing, each through some noise of its own."""
    draw = np.random.default_rng(seed)
    truth = draw.random(n) < 0.3
    seen = truth * 1.2 + draw.normal(size=n)
    first, second = (seen + sigma * draw.normal(size=n) for sigma in noise)
    return (first, second), truth


def coverage(sample: Callable[[int], Estimate], times: int) -> float:
    """Return how often an interval holds the true difference, which is 0."""
    found = [sample(seed) for seed in range(times)]
    return sum(item["low"] <= 0 <= item["high"] for item in found) / times


# -- shares


def test_a_difference_of_shares_is_newcombes() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table III, method 10."""
    found = paired.share(counted(36, 12, 2, 0), "x")
    assert found["value"] == pytest.approx(0.2)
    assert (found["low"], found["high"]) == pytest.approx((0.0569, 0.3404), abs=5e-4)


@pytest.mark.parametrize("n", [12, 40])
def test_it_holds_for_few_rows(n: int) -> None:
    def sample(seed: int) -> Estimate:
        kind = np.random.default_rng(seed).choice(4, size=n, p=[0.6, 0.1, 0.1, 0.2])
        return paired.share(((kind == 0) | (kind == 2), (kind == 0) | (kind == 1)), "x")

    assert coverage(sample, 600) > 0.94


@given(st.tuples(*[st.integers(0, 30)] * 4).filter(any))
def test_it_lies_in_its_interval_and_turns_with_the_models(counts: tuple[int, int, int, int]) -> None:
    both, come, gone, neither = counts
    found, turned = (paired.share(counted(both, *pair, neither), "x") for pair in ((come, gone), (gone, come)))
    assert -1 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert (found["low"], found["high"]) == pytest.approx((-turned["high"], -turned["low"]))
    assert found["n"] == sum(counts)


def test_a_level_for_all_groups_is_wider_and_says_so() -> None:
    one, all_of_them = (paired.share(counted(30, 9, 2, 9), "x", level) for level in (0.95, 0.995))
    assert all_of_them["low"] < one["low"] < one["high"] < all_of_them["high"]
    assert all_of_them["method"].endswith("for all groups together")


# -- means


def test_a_difference_of_means_is_students() -> None:
    old, new = np.array([0.1, 0.4, 0.2, 0.9]), np.array([0.2, 0.4, 0.5, 1.4])
    found = paired.mean((old, new), "x")
    deviation = float(np.std(new - old, ddof=1)) / 2
    assert found["value"] == pytest.approx(0.225)
    assert found["high"] - found["value"] == pytest.approx(3.182446 * deviation, abs=1e-5)  # t(3), 97.5 %


def test_classes_count_alike() -> None:
    classes = np.array([0.0] * 8 + [1.0] * 2)
    old, new = np.array([True] * 10), np.array([True] * 8 + [False, True])
    found = paired.mean_share((old, new), classes)
    assert found["value"] == pytest.approx(-0.25)
    assert found["low"] < -0.25 < found["high"]
    assert paired.mean_share((old[1:-1], new[1:-1]), classes[1:-1])["method"] == paired.UNKNOWN


# -- AUC


def test_a_difference_of_aucs_is_delongs() -> None:
    pair, truth = scored(400, 3, (0.2, 0.6))
    found = paired.auc((pair[0][:, None], pair[1][:, None]), truth[:, None])
    assert found["value"] == pytest.approx(roc_auc_score(truth, pair[1]) - roc_auc_score(truth, pair[0]), abs=1e-6)
    deviation = (found["high"] - found["low"]) / 2 / quantile()
    assert deviation == pytest.approx(by_hand(pair, truth), rel=1e-4)


def by_hand(pair: tuple[Numbers, Numbers], truth: Marks) -> float:
    """Return DeLong's standard error of the difference as the paper writes it, in quadratic time."""
    kernels = [(s[truth][:, None] > s[~truth]) + 0.5 * (s[truth][:, None] == s[~truth]) for s in pair]
    ups, downs = np.cov([k.mean(axis=1) for k in kernels]), np.cov([k.mean(axis=0) for k in kernels])
    covariance = ups / truth.sum() + downs / (~truth).sum()
    return math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])


def test_it_covers_and_knows_that_the_rows_are_the_same() -> None:
    def sample(seed: int) -> Estimate:
        pair, truth = scored(150, seed, (0.4, 0.4))
        return paired.auc((pair[0][:, None], pair[1][:, None]), truth[:, None])

    assert coverage(sample, 300) > 0.92
    pair, truth = scored(150, 1, (0.4, 0.4))
    alone = math.hypot(*(width(ranking.auc(scores, truth)) for scores in pair))
    assert width(sample(1)) < 0.7 * alone


def width(found: Estimate) -> float:
    return found["high"] - found["low"]


def test_the_same_ranking_differs_by_nothing_and_two_perfect_ones_are_not_known_to() -> None:
    pair, truth = scored(100, 1, (0.3, 0.3))
    same = paired.auc((pair[0][:, None], np.exp(pair[0])[:, None]), truth[:, None])
    assert (same["low"], same["value"], same["high"]) == (0, 0, 0)
    ups = np.arange(40) >= 20
    perfect = np.arange(40.0)[:, None], np.where(ups, 100.0, 0.0)[:, None]
    found = paired.auc(perfect, ups[:, None])
    assert found["value"] == 0
    assert found["low"] < -0.1
    assert found["high"] > 0.1


def test_too_few_rows_of_a_class_say_nothing() -> None:
    scores, truth = np.arange(6.0)[:, None], np.array([True] + [False] * 5)[:, None]
    found = paired.auc((scores, scores), truth)
    assert (found["low"], found["high"], found["method"]) == (-1, 1, paired.UNKNOWN)


def test_three_classes_are_the_mean_of_each_against_the_rest() -> None:
    draw = np.random.default_rng(5)
    truth = draw.integers(3, size=300)
    members = truth[:, None] == np.arange(3)
    pair = members + draw.normal(size=(300, 3)), members + 0.5 * draw.normal(size=(300, 3))
    found = paired.auc(pair, members)
    areas = [np.mean([roc_auc_score(members[:, k], scores[:, k]) for k in range(3)]) for scores in pair]
    assert found["value"] == pytest.approx(areas[1] - areas[0], abs=1e-6)
    assert found["low"] > 0


# -- draws


def test_average_precision_of_drawn_rows_is_scikit_learns() -> None:
    (scores, _), truth = scored(200, 7, (0.4, 0.4))
    rounded = np.round(scores, 1)  # ties
    rows = np.random.default_rng(1).integers(200, size=(20, 200))
    for some in (scores, rounded):
        expected = [average_precision_score(truth[row], some[row]) for row in rows]
        assert paired.average_precision(some, truth)(rows) == pytest.approx(expected)
    assert paired.average_precision(scores, np.zeros(200, dtype=np.bool_))(rows) == pytest.approx(np.zeros(20))


def test_drawn_rows_are_the_same_for_both_each_time_and_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).normal(size=120)

    def statistic(rows: Any) -> tuple[Numbers, Numbers]:
        means = values[rows].mean(axis=1)
        return means, means + 0.25

    found = paired.drawn(statistic, 120, "x")
    assert (found["low"], found["value"], found["high"]) == (0.25, 0.25, 0.25)

    def other(rows: Any) -> tuple[Numbers, Numbers]:
        return np.zeros(len(rows)), values[rows].mean(axis=1)

    whole = paired.drawn(other, 120, "x")
    monkeypatch.setattr(paired, "CELLS", 1000)
    assert paired.drawn(other, 120, "x") == whole
    monkeypatch.setattr(paired, "DRAWN", 1000)
    assert "(100 times)" in paired.drawn(other, 120, "x")["method"]
    assert (whole["high"] - whole["low"]) / 2 == pytest.approx(quantile() * values.std() / math.sqrt(120), rel=0.15)


@pytest.mark.parametrize(("come", "gone", "expected"), [(0, 0, 1.0), (5, 5, 1.0), (8, 1, 0.039062), (1, 8, 0.039062)])
def test_mcnemar_is_exact(come: int, gone: int, expected: float) -> None:
    assert paired.mcnemar(come, gone) == pytest.approx(expected)
