"""Weight of evidence, against its formula worked out by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fitting.woe import SMOOTHING, WeightOfEvidence

ROWS = np.array([["a"], ["a"], ["a"], ["b"], ["b"], [""], [""], ["c"]], dtype=object)
LABELS = np.array([1, 1, 0, 0, 0, 1, 0, 1])


def test_the_formula_by_hand() -> None:
    [weights] = WeightOfEvidence().fit(ROWS, LABELS).weights_
    # Four of eight rows are positive: half of the smoothing goes to each side, and the odds of all rows are even.
    half = SMOOTHING / 2
    assert weights == {
        "a": pytest.approx(log((2 + half) / (1 + half))),
        "b": pytest.approx(log(half / (2 + half))),
        "c": pytest.approx(log((1 + half) / half)),
    }


def test_what_is_no_evidence_weighs_nothing() -> None:
    made = WeightOfEvidence().fit(ROWS, LABELS)
    assert made.transform(np.array([["never seen"], [""]], dtype=object)).tolist() == [[0.0], [0.0]]
    assert made.transform(ROWS).shape == (8, 1)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=2).filter(lambda x: len({b for _, b in x}) == 2)
)
def test_a_category_like_all_rows_weighs_nothing_and_others_lean_their_way(rows: list[tuple[str, bool]]) -> None:
    cells, labels = np.array([[c] for c, _ in rows], dtype=object), np.array([int(b) for _, b in rows])
    [weights] = WeightOfEvidence().fit(cells, labels).weights_
    for category, weight in weights.items():
        here = labels[cells[:, 0] == category]
        assert np.sign(round(weight, 12)) == np.sign(round(here.mean() - labels.mean(), 12))
