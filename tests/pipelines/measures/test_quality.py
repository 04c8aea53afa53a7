"""How good answers are, against scikit-learn and by simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import metrics

from pipelines.measures import quality
from tests.pipelines.measures import toy

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.measures.answers import Answers


def test_two_classes_are_measured_as_scikit_learn_measures_them() -> None:
    answers = toy.calibrated(300, 1)
    found = {name: item["value"] for name, item in quality.measure(answers).items()}
    assert found == {
        "auc": pytest.approx(metrics.roc_auc_score(answers.truth, answers.scores), abs=1e-6),
        "average_precision": pytest.approx(metrics.average_precision_score(answers.truth, answers.scores), abs=1e-6),
        "brier": pytest.approx(metrics.brier_score_loss(answers.truth, answers.scores), abs=1e-6),
        "log_loss": pytest.approx(metrics.log_loss(answers.truth, answers.scores), abs=1e-6),
        "accuracy": pytest.approx(metrics.accuracy_score(answers.truth, answers.decided), abs=1e-6),
    }


def test_three_classes_too() -> None:
    answers = toy.mixed(300, 2)
    found = {name: item["value"] for name, item in quality.measure(answers).items()}
    assert found == {
        "auc": pytest.approx(metrics.roc_auc_score(answers.truth, answers.scores, multi_class="ovr"), abs=1e-6),
        "log_loss": pytest.approx(metrics.log_loss(answers.truth, answers.scores), abs=1e-6),
        "accuracy": pytest.approx(metrics.accuracy_score(answers.truth, answers.decided), abs=1e-6),
        "balanced_accuracy": pytest.approx(metrics.balanced_accuracy_score(answers.truth, answers.decided), abs=1e-6),
    }


def test_and_numbers() -> None:
    answers = toy.line(300, 3)
    found = {name: item["value"] for name, item in quality.measure(answers).items()}
    assert found == {
        "r2": pytest.approx(metrics.r2_score(answers.truth, answers.scores), abs=1e-6),
        "mae": pytest.approx(metrics.mean_absolute_error(answers.truth, answers.scores), abs=1e-6),
        "rmse": pytest.approx(metrics.root_mean_squared_error(answers.truth, answers.scores), abs=1e-6),
        "bias": pytest.approx(float(np.mean(answers.scores - answers.truth)), abs=1e-6),
    }


@pytest.mark.parametrize(
    ("make", "name", "rows"),
    [
        (toy.calibrated, "brier", 150),
        (toy.calibrated, "log_loss", 150),
        (toy.mixed, "balanced_accuracy", 150),
        (toy.line, "r2", 150),
        (toy.line, "rmse", 150),
        (toy.line, "mae", 150),
        (toy.line, "bias", 150),
    ],
)
def test_an_interval_covers_as_often_as_it_says(make: Callable[[int, int], Answers], name: str, rows: int) -> None:
    truth = quality.measure(make(200_000, 99))[name]["value"]
    found = [quality.measure(make(rows, seed))[name] for seed in range(300)]
    assert all(item["low"] <= item["value"] <= item["high"] for item in found)
    assert 0.915 <= sum(item["low"] <= truth <= item["high"] for item in found) / 300 <= 0.99


def test_an_outcome_that_never_changes_is_not_explained() -> None:
    found = quality.regression(toy.regression([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]))["r2"]
    assert (found["value"], found["low"], found["high"]) == (0.0, 0.0, 1.0)


def test_a_perfect_answer_has_no_error() -> None:
    found = quality.measure(toy.regression([1.0, 2.0, 4.0], [1.0, 2.0, 4.0]))
    assert (found["r2"]["value"], found["rmse"]["value"], found["rmse"]["high"]) == (1.0, 0.0, 0.0)


def test_a_certain_error_costs_a_finite_loss() -> None:
    found = quality.measure(toy.binary([0.0, 1.0, 0.0, 1.0], [1, 0, 0, 1]))["log_loss"]
    assert 17 < found["value"] < 19
