"""Whether what is said comes true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pipelines.measures import calibration
from tests.pipelines.measures import toy

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers


@pytest.mark.parametrize("answers", [toy.calibrated(83, 1), toy.mixed(83, 1), toy.line(83, 1), toy.calibrated(5, 1)])
def test_bins_count_every_row_once(answers: Answers) -> None:
    bins = calibration.measure(answers)["bins"]
    assert sum(item["found"]["n"] for item in bins) == answers.rows
    assert [item["said"] for item in bins] == sorted(item["said"] for item in bins)
    assert len(bins) == min(calibration.BINS, answers.rows)


def test_the_slope_is_that_of_scikit_learn() -> None:
    answers = toy.calibrated(500, 2)
    logits = np.log(answers.scores / (1 - answers.scores))[:, None]
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(logits, answers.truth)
    found = calibration.logistic(answers.scores, answers.truth)
    assert found["slope"]["value"] == pytest.approx(float(fitted.coef_[0, 0]), abs=1e-4)
    assert found["slope"]["low"] < 1 < found["slope"]["high"]
    assert found["intercept"]["low"] < 0 < found["intercept"]["high"]


def test_what_is_said_too_boldly_or_too_high_is_seen() -> None:
    answers = toy.calibrated(4000, 3)
    logits = np.log(answers.scores / (1 - answers.scores))
    bold = calibration.logistic(1 / (1 + np.exp(-2 * logits)), answers.truth)
    assert bold["slope"]["value"] == pytest.approx(0.5, abs=0.05)
    high = calibration.logistic(1 / (1 + np.exp(-logits - 1)), answers.truth)
    assert high["intercept"]["value"] == pytest.approx(-1, abs=0.1)
    assert high["intercept"]["high"] < 0


def test_slope_and_intercept_cover_as_often_as_they_say() -> None:
    found = [
        calibration.logistic(part.scores, part.truth) for part in (toy.calibrated(200, seed) for seed in range(300))
    ]
    assert 0.92 <= np.mean([item["slope"]["low"] <= 1 <= item["slope"]["high"] for item in found]) <= 0.98
    assert 0.92 <= np.mean([item["intercept"]["low"] <= 0 <= item["intercept"]["high"] for item in found]) <= 0.98


@pytest.mark.parametrize("scores", [np.repeat([0.1, 0.9], 20), np.repeat([1e-15, 1.0], 20), np.full(40, 0.3)])
def test_where_no_slope_can_be_found_everything_is_possible(scores: np.ndarray) -> None:
    found = calibration.logistic(scores, np.repeat([0.0, 1.0], 20))["slope"]
    assert (found["low"], found["high"], found["method"]) == (-100.0, 100.0, calibration.SEPARATED)


def test_a_regression_is_recalibrated_by_least_squares() -> None:
    answers = toy.line(500, 4)
    found = calibration.measure(answers)
    slope, intercept = np.polyfit(answers.scores, answers.truth, 1)
    assert (found["slope"]["value"], found["intercept"]["value"]) == pytest.approx((slope, intercept), abs=1e-6)
    assert found["slope"]["low"] < 1 < found["slope"]["high"]
    assert "ece" not in found
    flat = calibration.linear(np.ones(20), np.arange(20.0))["slope"]
    assert (flat["low"], flat["high"]) == (-100.0, 100.0)


def test_the_calibration_error_covers_about_as_often_as_it_says() -> None:
    def off_by(shift: float, seed: int) -> Answers:
        answers = toy.calibrated(300, seed)
        return toy.binary(0.8 * answers.scores + shift, np.random.default_rng(seed).random(300) < 0.8 * answers.scores)

    for shift in (0.0, 0.05, 0.15):
        found = [calibration.measure(off_by(shift, seed))["ece"] for seed in range(60)]
        assert all(item["low"] <= item["value"] <= item["high"] for item in found)
        assert np.mean([item["low"] <= shift <= item["high"] for item in found]) >= 0.9, shift


def test_the_same_answers_have_the_same_error() -> None:
    assert calibration.measure(toy.mixed(200, 5))["ece"] == calibration.measure(toy.mixed(200, 5))["ece"]
