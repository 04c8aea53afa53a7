"""Whether a decision depends on the sensitive attribute itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from pipelines.measures import flip
from tests.pipelines.measures import toy as made

if TYPE_CHECKING:
    from tests.pipelines.world import World


def flipped(toy: World, decide: Any, task: str = "binary") -> dict[str, Any]:
    """Measure a model that decides by a function of the frame."""
    study = toy.study()
    frame = study.holdout.frame

    def ask(asked: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        scores = np.asarray(decide(asked), dtype=np.float64)
        return scores, (scores >= 0.5).astype(np.float64)

    answers = made.binary(ask(frame)[0], np.zeros(frame.height))
    if task == "regression":
        answers = made.regression(ask(frame)[0], np.zeros(frame.height))
    return flip.measure(frame, answers, ask, study.dataset, study.spec.features)


def test_a_model_that_reads_the_attribute_is_found_out(toy: World) -> None:
    found = flipped(toy, lambda frame: (frame["age"] < 40).cast(float))["age"]
    assert found["applies"]
    assert found["share"]["value"] == 1.0


def test_one_that_ignores_it_is_not(toy: World) -> None:
    found = flipped(toy, lambda frame: (frame["income"].fill_null(0) < 50).cast(float))["age"]
    assert (found["share"]["value"], found["share"]["low"]) == (0.0, 0.0)


def test_where_it_is_no_feature_it_does_not_apply(toy: World) -> None:
    assert flipped(toy.specified(features=["income"]), lambda frame: np.zeros(frame.height)) == {
        "age": {"applies": False}
    }


def test_a_category_takes_each_value_in_turn(toy: World) -> None:
    found = flipped(
        toy.column("town", groups=[]), lambda frame: (frame["town"] == "oak").fill_null(value=False).cast(float)
    )
    assert found["town"]["share"]["value"] == 1.0
    assert found["age"]["share"]["value"] == 0.0


def test_a_number_is_changed_by_so_much(toy: World) -> None:
    found = flipped(toy, lambda frame: frame["age"] * 10.0, "regression")["age"]
    assert found["change"]["value"] > 100
    assert "share" not in found


def test_each_group_has_a_value_within_it_also_where_no_row_is(toy: World) -> None:
    column = toy.study().dataset.sensitive["age"]
    values = flip.values(pl.Series([20, 21, 39, 70]), column)
    assert values == [21.0, 50.0, 70.0]
    assert [column.group_label(value) for value in values] == ["under 40", "40 to 59", "60 and over"]  # type: ignore[arg-type]
    assert flip.values(pl.Series([None], dtype=pl.Int64), column) == [29.0, 50.0, pytest.approx(75)]
