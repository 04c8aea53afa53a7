"""What a single feature tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines import leakage

if TYPE_CHECKING:
    from tests.pipelines.world import World

POSITIVE = [True, False] * 50
FOLDS = [i // 2 % 5 for i in range(100)]


def test_the_highest_is_named_with_its_interval(toy: World) -> None:
    found = leakage.measure(toy.study())
    assert set(found["features"]) == set(toy.study().features())
    assert found["highest"]["feature"] == "income"
    assert found["highest"]["auc"] == max(found["features"].values())
    assert found["highest"]["low"] < found["highest"]["auc"] < found["highest"]["high"]


def test_a_category_written_down_after_the_outcome_is_found(toy: World) -> None:
    def leak(line: str) -> str:
        cells = line.split(",")
        return ",".join((*cells[:4], "j2" if cells[5] == "yes" else "j1", cells[5]))

    found = leakage.measure(replace(toy, lines=(toy.lines[0], *map(leak, toy.lines[1:]))).study())
    assert found["highest"] == {**found["highest"], "feature": "job", "auc": 1.0}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_tells_in_either_direction(sign: int) -> None:
    assert leakage.of_number([sign * float(is_up) for is_up in POSITIVE], POSITIVE)["value"] == 1.0


def test_what_is_missing_may_tell() -> None:
    assert leakage.of_number([None if is_up else 1.0 for is_up in POSITIVE], POSITIVE)["value"] == 1.0
    assert leakage.of_number([None] * 100, POSITIVE)["value"] == 0.5


def test_a_category_of_its_own_for_each_row_tells_nothing() -> None:
    values = [str(i) for i in range(100)]
    assert set(leakage.out_of_fold(values, POSITIVE, FOLDS)) == {0.5}


def test_a_row_does_not_speak_for_itself() -> None:
    scores = leakage.out_of_fold(["a", "a", "b", None], [True, False, True, True], [0, 1, 2, 3])
    assert scores == [0.0, 1.0, pytest.approx(2 / 3), pytest.approx(2 / 3)]
