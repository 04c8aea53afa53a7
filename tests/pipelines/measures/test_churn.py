"""Which decisions change, and which way."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures import churn
from pipelines.measures.paired import Pair
from tests.pipelines.measures import toy


def test_it_says_which_way_decisions_go() -> None:
    truth = [1, 1, 0, 0, 0]
    pair = Pair(toy.binary([0.9, 0.1, 0.9, 0.1, 0.1], truth), toy.binary([0.9, 0.9, 0.1, 0.9, 0.9], truth))
    found = churn.measure(pair)
    assert (found["changed"]["value"], found["changed"]["n"]) == (0.8, 5)
    assert (found["up"], found["down"], found["gained"], found["lost"]) == (3, 1, 2, 2)
    assert found["net"]["value"] == pytest.approx(0.4)
    assert found["mcnemar"] == 1


def test_of_more_classes_it_lists_the_moves_of_ten_rows_and_more() -> None:
    ways = [(0, 1)] * 12 + [(1, 2)] * 15 + [(2, 0)] * 9 + [(1, 1)] * 30
    old, new = (np.eye(3)[[way[side] for way in ways]] for side in (0, 1))
    truth = [before for before, _ in ways]
    found = churn.measure(Pair(toy.multiclass(old, truth), toy.multiclass(new, truth)))
    assert found["moves"] == [{"from": "b", "to": "c", "n": 15}, {"from": "a", "to": "b", "n": 12}]
    assert (found["gained"], found["lost"]) == (0, 36)
    assert found["mcnemar"] < 1e-6
    assert "up" not in found


def test_a_number_moves() -> None:
    truth = np.zeros(100)
    found = churn.measure(Pair(toy.regression(truth, truth), toy.regression(np.arange(100.0), truth)))
    assert (found["moved"]["value"], found["most"]) == (49.5, pytest.approx(94.05))
    assert "gained" not in found
