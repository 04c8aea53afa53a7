"""The curves of the card, and histograms that show no record."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents.baseline import POOL
from pipelines.measures import curves, ranking
from tests.pipelines.measures import toy

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=80).filter(
    lambda pairs: len({is_up for _, is_up in pairs}) == 2
)


def arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray([score / 30 for score, _ in pairs]), np.asarray([is_up for _, is_up in pairs])


@given(PAIRS)
def test_the_curve_rises_from_corner_to_corner(pairs: list[tuple[int, bool]]) -> None:
    roc = curves.roc(*arrays(pairs))
    heights = roc["true_positive_rate"]
    assert heights == sorted(heights)
    assert (roc["false_positive_rate"][0], roc["false_positive_rate"][-1], heights[-1]) == (0.0, 1.0, 1.0)


def test_its_area_is_about_the_auc() -> None:
    scores = np.asarray([i % 17 / 17 for i in range(500)])
    positive = np.asarray([i % 17 + i % 5 > 9 for i in range(500)])
    heights = curves.roc(scores, positive)["true_positive_rate"]
    area = sum((a + b) / 2 for a, b in pairwise(heights)) / curves.STEPS
    assert area == pytest.approx(ranking.auc(scores, positive)["value"], abs=0.02)


@given(PAIRS)
def test_precision_never_rises_and_ends_at_the_share_of_positives_or_above(pairs: list[tuple[int, bool]]) -> None:
    found = curves.precision_recall(*arrays(pairs))["precision"]
    assert found == sorted(found, reverse=True)
    assert found[-1] >= round(sum(is_up for _, is_up in pairs) / len(pairs), 6)


@given(st.lists(st.floats(-0.5, 1.5), max_size=200))
def test_a_histogram_counts_every_row_once_and_shows_no_few(values: list[float]) -> None:
    found = curves.histogram(values, 0, 1)
    assert all(count == 0 or count >= POOL for count in found["counts"])
    assert sum(found["counts"]) == (len(values) if len(values) >= POOL else 0)
    assert len(found["edges"]) == len(found["counts"]) + 1
    assert (found["edges"], found["edges"][0], found["edges"][-1]) == (sorted(set(found["edges"])), 0.0, 1.0)


def test_scores_by_class_and_residuals_around_nothing() -> None:
    answers = toy.calibrated(400, 1)
    found = curves.by_class(answers)
    assert {name: sum(item["counts"]) for name, item in found.items()} == {
        "good": int((answers.truth == 0).sum()),
        "bad": int((answers.truth == 1).sum()),
    }
    errors = curves.residuals(toy.line(300, 2))
    assert errors["edges"][0] == -errors["edges"][-1]
    assert sum(errors["counts"]) == 300
