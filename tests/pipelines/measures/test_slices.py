"""Where a model is worse than elsewhere, and where outcomes are not what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.measures import slices
from pipelines.measures.answers import Answers, guessed
from pipelines.measures.features import Coded
from tests.pipelines.measures import toy

ROWS = 2000


def coded(name: str, width: int, seed: int, rows: int = ROWS) -> Coded:
    codes = np.random.default_rng(seed).integers(0, width, rows)
    return Coded(name, codes, tuple(f"{name}{i}" for i in range(width)))


TOWN, JOB, AGE = coded("town", 4, 1), coded("job", 3, 2), coded("age", 4, 3)
COLUMNS = (TOWN, JOB, AGE)
INSIDE = (TOWN.codes == 2) & (JOB.codes == 1)


def answers(seed: int, *, noisy: np.ndarray | None = None, flipped: np.ndarray | None = None) -> Answers:
    """Return calibrated answers, but for noise in some rows, and labels turned over in some."""
    draws = np.random.default_rng(seed)
    scores = draws.beta(0.4, 0.8, ROWS)
    truth = draws.random(ROWS) < scores
    if noisy is not None:
        scores = np.where(noisy, draws.beta(0.4, 0.8, ROWS), scores)
    return toy.binary(scores, truth if flipped is None else truth ^ flipped)


def weak(made: Answers) -> dict[str, Any]:
    return slices.weak(made, guessed(made, made.truth), slices.cuts(COLUMNS, ROWS))


def test_a_slice_of_two_features_is_found_by_name() -> None:
    found = weak(answers(1, noisy=INSIDE))
    worst = found["worst"][0]
    assert worst["where"] == "town town2 and job job1"
    assert worst["n"] == INSIDE.sum()
    assert worst["quality"]["low"] > worst["rest"]["high"]
    assert worst["adjusted_p"] < 0.001
    assert worst["gain"]["high"] < 0, "there, saying the average is better"


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    found = [weak(answers(seed))["worst"] for seed in range(40)]
    assert sum(map(bool, found)) <= 2
    odd = [slices.odd(answers(seed), slices.cuts(COLUMNS, ROWS))["worst"] for seed in range(40)]
    assert sum(map(bool, odd)) <= 2


def test_labels_turned_over_in_a_slice_are_found() -> None:
    poisoned = INSIDE & (np.random.default_rng(9).random(ROWS) < 0.7)
    worst = slices.odd(answers(2, flipped=poisoned), slices.cuts(COLUMNS, ROWS))["worst"][0]
    assert worst["where"] == "town town2 and job job1"
    assert worst["found"]["low"] > worst["said"]
    assert worst["gap"]["low"] > 0


def test_each_slice_is_counted_as_numpy_counts_it() -> None:
    cut = slices.cuts(COLUMNS, ROWS)
    assert len(cut) == 6
    assert sum(item.tried.size for item in cut) == 4 + 3 + 4 + 12 + 16 + 12
    losses = answers(3).losses()
    for item in cut:
        for cell, n, total in zip(item.tried, item.counts, item.sums(losses), strict=True):
            members = item.cells == cell
            assert (n, total) == (members.sum(), pytest.approx(losses[members].sum()))


def test_welch_is_that_of_scipy() -> None:
    from scipy.stats import ttest_ind  # noqa: PLC0415 (a second to import)

    losses = answers(4).losses()
    cut = slices.cuts([TOWN], ROWS)[0]
    expected = [
        ttest_ind(losses[cut.cells == i], losses[cut.cells != i], equal_var=False, alternative="greater").pvalue
        for i in range(4)
    ]
    assert slices.against_the_rest(cut, losses)[1] == pytest.approx(np.asarray(expected))


def test_slices_of_few_rows_and_of_nearly_all_are_not_tried() -> None:
    rare = Coded("rare", np.asarray([0] * 29 + [1] * 1971), ("few", "most"))
    assert slices.cuts([rare], ROWS) == []
    found = slices.weak(answers(5), np.zeros(ROWS), [])
    assert (found["worst"], found["tried"]) == ([], 0)


def test_of_very_many_categories_the_frequent_ones_are_tried() -> None:
    codes = np.concatenate([np.repeat(np.arange(60), 30), np.arange(60, 260)])
    many = Coded("many", codes, tuple(f"c{i}" for i in range(100_000)))
    cut = slices.cuts([many, coded("job", 3, 2), many], ROWS)
    assert cut[0].tried.size == slices.MOST
    assert cut[0].says(int(cut[0].tried[-1])) == "many c49"
    assert sum(item.tried.size for item in cut) == 2 * 50 + 3 + 50


def test_classes_and_numbers_have_weak_and_odd_slices_too() -> None:
    draws = np.random.default_rng(6)
    line = toy.line(ROWS, 6, 0.2)
    bent = toy.regression(line.scores + INSIDE, line.truth)
    cut = slices.cuts(COLUMNS, ROWS)
    assert slices.weak(bent, guessed(bent, bent.truth), cut)["worst"][0]["where"] == "town town2 and job job1"
    odd = slices.odd(bent, cut)["worst"][0]
    assert (odd["where"], odd["gap"]["high"] < 0, "found" in odd) == ("town town2 and job job1", True, False)
    mixed = toy.mixed(ROWS, 7)
    shuffled = np.where(INSIDE, draws.integers(0, 3, ROWS), mixed.truth)
    worst = slices.weak(toy.multiclass(mixed.scores, shuffled), np.ones(ROWS), cut)["worst"]
    assert worst[0]["where"] == "town town2 and job job1"
