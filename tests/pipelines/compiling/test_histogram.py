"""Histogram gradient boosting: sets of categories, missing values, and columns that scikit-learn moves about."""

from __future__ import annotations

import numpy as np
import pytest

from counterseal.documents.portable.columns import CodeColumn
from counterseal.documents.portable.trees import Trees
from pipelines import batch, fit
from pipelines.compiling.histogram import _codes
from tests.pipelines.tasks import NATIVE, estimator, fitted


def trees(**preprocessing: object) -> Trees:
    found = fit.compiled(
        fitted("binary", estimator("histogram-gradient-boosting"), preprocessing=NATIVE | preprocessing)
    )
    assert isinstance(found.predictor, Trees)
    return found.predictor


def test_a_category_that_did_not_occur_is_like_one_that_nobody_listed() -> None:
    town = next(column for column in trees().columns if column.kind == "code" and column.input == "town")
    assert town.codes == {"elm": 0.0, "ash": 1.0, "oak": 2.0}
    assert (town.unseen, town.missing) == (None, None)


def test_what_is_imputed_has_the_code_of_its_category() -> None:
    found = trees(categorical={"encode": "native"})
    town = next(column for column in found.columns if isinstance(column, CodeColumn) and column.input == "town")
    assert town.missing == town.codes["elm"]


def test_sets_of_categories_split() -> None:
    assert any(tree.codes for tree in trees().trees)
    assert not any(tree.codes for tree in trees(categorical={"encode": "ordinal", "impute": "none"}).trees)


def test_bits_by_hand() -> None:
    assert _codes(np.array([0b101, 1 << 31, 0, 0, 0, 0, 0, 1], dtype=np.uint32)) == (0, 2, 63, 224)


@pytest.mark.parametrize("way", ["increasing", "decreasing"])
def test_the_answer_moves_as_it_was_told_to(way: str) -> None:
    item = estimator("histogram-gradient-boosting", max_iter=30)
    made = fitted("binary", item, preprocessing=NATIVE | {"monotone": {"age": way}})
    free = fitted("binary", item, preprocessing=NATIVE)
    row = made.study.holdout.frame[:1]
    ages = row[[0] * 73].with_columns(age=np.arange(18, 91))
    steps = np.diff(batch.outputs(fit.compiled(made), ages)[:, 0])
    assert ((steps if way == "increasing" else -steps) >= 0).all()
    both = np.diff(batch.outputs(fit.compiled(free), ages)[:, 0])
    assert both.min() < 0 < both.max()
