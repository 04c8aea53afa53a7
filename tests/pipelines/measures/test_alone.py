"""What a single feature tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.measures import alone
from pipelines.measures.features import Feature

POSITIVE = np.asarray([1, 0] * 50)
FOLDS = np.asarray([i // 2 % 5 for i in range(100)])


def number(values: Any) -> Feature:
    return Feature("x", np.asarray(values, dtype=float))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_tells_in_either_direction(sign: int) -> None:
    assert alone.tells_class(number(sign * POSITIVE), POSITIVE, FOLDS)["value"] == 1.0


def test_what_is_missing_may_tell() -> None:
    assert alone.tells_class(number([np.nan if up else 1.0 for up in POSITIVE]), POSITIVE, FOLDS)["value"] == 1.0
    assert alone.tells_class(number([np.nan] * 100), POSITIVE, FOLDS)["value"] == 0.5


def test_a_category_tells_by_the_other_folds() -> None:
    leak = Feature("x", POSITIVE * 1.0, ("a", "b", "missing"))
    assert alone.tells_class(leak, POSITIVE, FOLDS)["value"] == 1.0


def test_a_category_of_its_own_for_each_row_tells_nothing() -> None:
    codes = np.arange(100)
    assert set(alone.means_of_others(codes, POSITIVE, FOLDS)) == {0.5}


def test_a_row_does_not_speak_for_itself() -> None:
    said = alone.means_of_others(np.asarray([0, 0, 1, 2]), np.asarray([1, 0, 1, 1]), np.asarray([0, 1, 2, 3]))
    assert list(said) == [0.0, 1.0, pytest.approx(2 / 3), pytest.approx(2 / 3)]


def test_of_several_classes_the_one_told_best_stands() -> None:
    classes = np.arange(300) % 3
    folds = np.arange(300) // 3 % 5
    found = alone.tells_class(number(np.where(classes == 2, 1.0, np.arange(300) % 7 / 10)), classes, folds)
    assert found["value"] == 1.0
    assert alone.tells_class(number(np.ones(300)), classes, folds)["value"] == 0.5


def test_a_number_is_told_as_far_as_bins_explain_it() -> None:
    draws = np.random.default_rng(1)
    outcome, folds = draws.normal(0, 1, 2000), draws.integers(0, 5, 2000)
    assert alone.tells_number(number(outcome), outcome, folds)["value"] > 0.9
    assert alone.tells_number(number(draws.normal(0, 1, 2000)), outcome, folds)["value"] < 0.05
