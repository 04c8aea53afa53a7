"""Held-out rows that training knew already."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.measures import twins
from tests.pipelines.measures import toy

TRAINING = pl.DataFrame({"x": [1.0, 2.0, None, 2.0], "town": ["ash", "elm", None, "elm"], "id": [1, 2, 3, 4]})


def known(**columns: list[object]) -> list[bool]:
    asked = pl.DataFrame(columns, schema={"x": pl.Float64, "town": pl.String})
    return list(twins.known(TRAINING.select("x", "town"), asked))


def test_a_row_is_known_if_every_feature_is_the_same_and_missing_is_a_value() -> None:
    assert known(x=[2.0, 2.0, None, 1.0], town=["elm", "ash", None, None]) == [True, False, True, False]


def test_rows_asked_twice_are_counted_twice_and_keep_their_order() -> None:
    assert known(x=[1.0, 3.0, 1.0], town=["ash", "ash", "ash"]) == [True, False, True]


def test_near_is_within_a_tenth_of_a_deviation() -> None:
    training = pl.DataFrame({"x": np.arange(100.0)})
    holdout = pl.DataFrame({"x": [50.2, 50.0, 200.0]})
    found = twins.measure(training, holdout, ["x"], toy.binary([0.1, 0.2, 0.9], [0, 0, 1]))
    assert (found["exact"]["value"], found["near"]["value"]) == (0.333333, 0.666667)
    assert "without" not in found


def test_the_quality_without_twins_is_that_of_the_others() -> None:
    answers = toy.calibrated(200, 1)
    training = pl.DataFrame({"x": np.arange(40.0)})
    holdout = pl.DataFrame({"x": np.arange(200.0)})
    found = twins.measure(training, holdout, ["x"], answers)
    assert found["exact"]["value"] == 0.2
    assert found["without"]["accuracy"]["n"] == 160


def test_what_the_model_does_not_read_makes_no_difference() -> None:
    holdout = TRAINING.with_columns(id=pl.Series([9, 9, 9, 9]))
    found = twins.measure(TRAINING, holdout, ["x", "town"], toy.binary([0.1] * 4, [0, 1, 0, 1]))
    assert found["exact"]["value"] == 1.0
