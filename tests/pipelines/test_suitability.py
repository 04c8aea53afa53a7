"""Features prepared as an estimator cannot take them are refused, and who can is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipelines.tasks import NATIVE, estimator
from tests.pipelines.test_proposal import HISTOGRAM, refusal, ways


@pytest.mark.parametrize(
    ("task", "item", "changes", "code"),
    [
        ("binary", {"name": "sgd"}, ways(columns={"age": {"encode": "woe"}}), "PREPARATION_MISFIT"),
        ("binary", {"name": "sgd"}, ways(columns={"town": {"bins": 3}}), "PREPARATION_MISFIT"),
        ("binary", {"name": "sgd"}, ways(numeric={"impute": "none"}), "IMPUTATION_NEEDED"),
        ("binary", HISTOGRAM, ways(numeric={"impute": "none", "bins": 3}), "IMPUTATION_NEEDED"),
        ("binary", {"name": "random-forest"}, ways(categorical={"encode": "native"}), "ENCODING_NOT_SUPPORTED"),
        ("multiclass", {"name": "sgd"}, ways(categorical={"encode": "woe"}), "ENCODING_NOT_SUPPORTED"),
        (
            "binary",
            {"name": "calibrated", "of": {"name": "sgd"}},
            ways(columns={"job": {"encode": "woe"}}),
            "ENCODING_NOT_SUPPORTED",
        ),
        ("binary", HISTOGRAM, ways(**NATIVE, interactions=[["age", "job"]]), "INTERACTION_NOT_SUPPORTED"),
        (
            "binary",
            {"name": "gaussian-naive-bayes"},
            ways(interactions=[["age", "job"]]),
            "INTERACTION_NOT_SUPPORTED",
        ),
        ("binary", {"name": "bernoulli-naive-bayes"}, {"features": ["age"]}, "ENCODING_NOT_SUPPORTED"),
        (
            "binary",
            {"name": "bernoulli-naive-bayes"},
            ways(numeric={"bins": 3}, categorical={"encode": "ordinal"}),
            "ENCODING_NOT_SUPPORTED",
        ),
        ("binary", {"name": "sgd"}, ways(monotone={"age": "increasing"}), "MONOTONE_NOT_SUPPORTED"),
        ("multiclass", HISTOGRAM, ways(monotone={"age": "increasing"}), "MONOTONE_NOT_SUPPORTED"),
        ("binary", HISTOGRAM, ways(monotone={"town": "increasing"}), "MONOTONE_NOT_SUPPORTED"),
        (
            "binary",
            estimator("histogram-gradient-boosting", max_bins=3),
            {"preprocessing": NATIVE},
            "TOO_MANY_CATEGORIES",
        ),
    ],
)
def test_a_preparation_that_an_estimator_cannot_take_is_refused(
    task: str, item: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    assert {finding.code for finding in refusal(task, item, **changes).findings} == {code}


def test_who_can_is_named() -> None:
    told = str(refusal("binary", "sgd", **ways(monotone={"age": "increasing"})))
    assert "decision-tree, extra-trees, histogram-gradient-boosting, random-forest, found sgd" in told
