"""What losses tell of who was learned from."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures import membership
from tests.pipelines.measures import toy


def test_a_model_that_learned_a_pattern_tells_nothing() -> None:
    found = membership.measure(toy.calibrated(800, 1), toy.calibrated(500, 2))
    assert found["auc"]["low"] < 0.5 < found["auc"]["high"]
    assert found["gap"]["low"] < 0 < found["gap"]["high"]
    assert found["auc"]["n"] == 1300


def test_a_model_that_learned_by_heart_tells_all() -> None:
    held = toy.calibrated(500, 3)
    learned = toy.binary(np.clip(np.arange(400) % 2, 0.01, 0.99), np.arange(400) % 2)
    found = membership.measure(learned, held)
    assert found["auc"]["low"] > 0.9
    assert found["gap"]["low"] > 0


def test_the_gap_is_the_difference_of_mean_losses() -> None:
    learned, held = toy.line(300, 4, 0.5), toy.line(200, 5, 1.0)
    found = membership.measure(learned, held)["gap"]
    assert found["value"] == pytest.approx(held.losses().mean() - learned.losses().mean(), abs=1e-6)
