"""Decisions at the threshold, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from pipelines.measures import operating
from tests.pipelines.measures import toy


def test_decisions_are_measured_as_scikit_learn_measures_them() -> None:
    answers = toy.calibrated(300, 1)
    found = operating.measure(answers, None)
    expected = {
        "precision": metrics.precision_score(answers.truth, answers.decided),
        "recall": metrics.recall_score(answers.truth, answers.decided),
        "specificity": metrics.recall_score(answers.truth, answers.decided, pos_label=0),
        "f1": metrics.f1_score(answers.truth, answers.decided),
        "selected": answers.decided.mean(),
    }
    assert {name: item["value"] for name, item in found.items()} == pytest.approx(expected, abs=1e-6)
    assert all(item["low"] < item["value"] < item["high"] for item in found.values())


def test_where_nobody_is_selected_precision_is_unknown() -> None:
    found = operating.measure(toy.binary([0.1] * 20, [0, 1] * 10), None)
    assert (found["precision"]["low"], found["precision"]["high"], found["precision"]["n"]) == (0.0, 1.0, 0)
    assert (found["recall"]["value"], found["f1"]["value"]) == (0.0, 0.0)


def test_f1_covers_as_often_as_it_says() -> None:
    truth = operating.measure(toy.calibrated(200_000, 99), None)["f1"]["value"]
    found = [operating.measure(toy.calibrated(150, seed), None)["f1"] for seed in range(400)]
    assert 0.92 <= sum(item["low"] <= truth <= item["high"] for item in found) / 400 <= 0.99


def test_costs_and_the_cheapest_threshold() -> None:
    answers = toy.calibrated(20_000, 2)
    found = operating.measure(answers, (1.0, 4.0))
    wrong = np.where(answers.truth == 1, 4.0, 1.0) * (answers.truth != answers.decided)
    assert found["cost"]["value"] == pytest.approx(wrong.mean(), abs=1e-6)
    assert found["best_threshold"] == pytest.approx(0.2, abs=0.05)  # Elkan 2001: 1 / (1 + 4), if calibrated
    assert 0 < found["saved"]["low"] < found["saved"]["value"]
    assert operating.measure(toy.calibrated(20_000, 2), (1.0, 1.0))["saved"]["value"] < 0.003
