"""Preparing features, by hand and at its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from counterseal.values.finding import Refused
from pipelines.compiling.columns import columns
from pipelines.fitting import preparation
from pipelines.fitting.lesson import Lesson
from tests.pipelines.tasks import estimator, fitted, world

if TYPE_CHECKING:
    from pipelines.study import Study


def study(**preprocessing: Any) -> Study:
    return world("binary").specified(preprocessing=preprocessing).study()


def matrix(made: Study, rows: pl.DataFrame) -> Any:
    lesson = Lesson.of(made)
    prepared = preparation.fit(made, lesson.frame, lesson.targets)
    return prepared.transform(preparation.cells(made, rows)), columns(made, prepared)


def test_features_prepared_alike_share_a_transformer() -> None:
    made = study(columns={"age": {"bins": 3}, "job": {"encode": "woe"}})
    assert list(preparation.ways(made).values()) == [["income"], ["town"], ["age"], ["job"]]
    assert list(preparation.ways(study()).values()) == [["income", "age"], ["town", "job"]]


def test_numbers_by_hand() -> None:
    made = study(categorical={"encode": "ordinal", "impute": "none"})
    frame = made.training.frame
    rows = pl.DataFrame(
        [{"income": None, "age": 30, "town": "oak", "job": "j1"}, {"income": 7.5, "age": 90, "town": None, "job": "?"}],
        schema=frame.schema,
    )
    found, _ = matrix(made, rows)
    income, age = frame["income"].to_numpy(), frame["age"].to_numpy()
    middle = np.nanmedian(income)
    income = np.where(np.isnan(income), middle, income)
    assert found[:, 0] == pytest.approx((np.array([middle, 7.5]) - income.mean()) / income.std())
    assert found[:, 1] == pytest.approx((np.array([30, 90]) - age.mean()) / age.std())
    # dataset.yaml lists elm, ash, oak, yew; j1, j2: their places, and -1 for what is missing or was never seen.
    assert found[:, 2:].tolist() == [[2.0, 0.0], [-1.0, -1.0]]


def test_bins_hold_as_many_rows_each() -> None:
    made = study(numeric={"bins": 4})
    found, described = matrix(made, made.training.frame)
    assert np.abs(found[:, 4:8].sum(axis=0) / len(found) - 0.25).max() < 0.03
    assert [column.kind for column in described[:8]] == ["bin"] * 8


def test_bins_of_a_number_with_few_values_are_fewer() -> None:
    made = world("binary").specified(preprocessing={"numeric": {"bins": 50}}).study()
    _, described = matrix(made, made.training.frame)
    assert 50 > sum(column.input == "age" for column in described) > 20


def test_cuts_are_round_and_no_records_exact_value() -> None:
    made = study(numeric={"bins": 6})
    _, described = matrix(made, made.training.frame)
    cuts = [column.cuts for column in described if column.kind == "bin"]
    assert all(float(f"{cut:.3g}") == cut for found in cuts for cut in found)
    assert all(list(found) == sorted(set(found)) for found in cuts)


def test_what_was_learned_has_ten_digits() -> None:
    found = fitted("binary", estimator("logistic-regression"), preprocessing={"categorical": {"encode": "woe"}})
    numbers = [float(v) for column in found.columns for v in vars(column).values() if isinstance(v, float)]
    numbers += [float(v) for v in np.ravel(found.estimator.coef_)] + [float(found.estimator.intercept_[0])]
    assert len(numbers) > 10
    assert all(float(f"{number:.10g}") == number for number in numbers)


def test_too_many_columns_are_refused_and_the_widest_feature_is_named() -> None:
    made = world("binary")
    towns = {f"t{place}": "A town" for place in range(preparation.MAX_COLUMNS)}
    towns |= made.dataset["spec"]["columns"]["town"]["categories"]
    wide = made.column("town", categories=towns).study()
    with pytest.raises(Refused, match=r"TOO_MANY_COLUMNS: expected at most 4000.*encode town as ordinal or woe"):
        matrix(wide, wide.training.frame)
    ordinal = made.column("town", categories=towns).specified(preprocessing={"categorical": {"encode": "ordinal"}})
    assert matrix(ordinal.study(), ordinal.study().training.frame)[0].shape[1] == 4
