"""The curves of the card."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import curves, intervals

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=80).filter(
    lambda pairs: len({is_up for _, is_up in pairs}) == 2
)


@given(PAIRS)
def test_the_curve_rises_from_corner_to_corner(pairs: list[tuple[int, bool]]) -> None:
    roc = curves.roc([score / 30 for score, _ in pairs], [is_up for _, is_up in pairs])
    heights = roc["true_positive_rate"]
    assert heights == sorted(heights)
    assert (roc["false_positive_rate"][0], roc["false_positive_rate"][-1], heights[-1]) == (0.0, 1.0, 1.0)


def test_its_area_is_about_the_auc() -> None:
    scores, positive = [i % 17 / 17 for i in range(500)], [i % 17 + i % 5 > 9 for i in range(500)]
    heights = curves.roc(scores, positive)["true_positive_rate"]
    area = sum((a + b) / 2 for a, b in pairwise(heights)) / curves.STEPS
    assert area == pytest.approx(intervals.auc(scores, positive)["value"], abs=0.02)


@given(PAIRS)
def test_calibration_counts_every_row_once(pairs: list[tuple[int, bool]]) -> None:
    bins = curves.calibration([score / 30 for score, _ in pairs], [is_up for _, is_up in pairs])
    assert sum(item["found"]["n"] for item in bins) == len(pairs)
    assert [item["said"] for item in bins] == sorted(item["said"] for item in bins)
