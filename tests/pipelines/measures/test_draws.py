"""Random draws are the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures import draws


def test_the_stream_is_the_one_that_evidence_was_made_with() -> None:
    first = draws.generator("a question", 3).random(3)
    assert list(first) == [0.10614074754668223, 0.4292936324250388, 0.20839760370867277]
    first_rows, _ = draws.resampled("a question", 100, 2)
    assert list(first_rows[:5]) == [93, 40, 19, 26, 26]


def test_another_question_has_other_draws() -> None:
    assert draws.generator("a", 3).random() != draws.generator("b", 3).random()
    assert draws.generator("a", 3).random() != draws.generator("a", 4).random()


def test_a_sample_has_each_row_at_most_once_and_few_rows_are_all_taken() -> None:
    found = draws.sample("x", 1000, 100)
    assert (len(set(found)), list(found)) == (100, sorted(found))
    assert list(draws.sample("x", 5, 10)) == [0, 1, 2, 3, 4]


def test_normal_draws_are_normal() -> None:
    found = draws.normal("x", 100_000)
    assert (found.mean(), found.std()) == pytest.approx((0, 1), abs=0.02)
    assert np.mean(np.abs(found) > 1.96) == pytest.approx(0.05, abs=0.005)
