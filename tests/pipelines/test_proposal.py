"""What a spec may propose: each refusal by its code, at its line, with what would do instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from counterseal.values.finding import Refused
from pipelines import fit
from pipelines.estimators import ESTIMATORS, LEAF
from pipelines.proposal import MAX_CANDIDATES
from tests.pipelines.tasks import NATIVE, estimator, world

WHERE = "model_specs/toy.yaml:"
HISTOGRAM = estimator("histogram-gradient-boosting")


def proposed(task: str, name: str | dict[str, Any] = "logistic-regression", **changes: object) -> None:
    item = {"name": name} if isinstance(name, str) else name
    world(task).specified(estimator=item, **changes).study()


def refusal(task: str, name: str | dict[str, Any] = "logistic-regression", **changes: object) -> Refused:
    with pytest.raises(Refused) as refused:
        proposed(task, name, **changes)
    assert all(finding.where.startswith(WHERE) for finding in refused.value.findings)
    return refused.value


def ways(**changes: object) -> dict[str, object]:
    return {"preprocessing": changes}


@pytest.mark.parametrize(
    ("task", "item", "changes"),
    [
        ("binary", estimator("logistic-regression", C=0.5, class_weight="balanced", max_iter=500, tol=1e-6), {}),
        ("binary", estimator("random-forest", max_depth=None, max_features=0.5), {}),
        ("multiclass", {"name": "calibrated", "of": estimator("gaussian-naive-bayes")}, {"search": {"cv": [2, 3]}}),
        ("regression", {"name": "voting", "members": [{"name": "ridge"}, {"name": "sgd"}]}, {}),
        ("regression", {"name": "poisson-regression"}, {"search": {"alpha": [0.1, 1]}}),
        ("binary", HISTOGRAM, {"preprocessing": NATIVE | {"monotone": {"age": "increasing"}}}),
        ("binary", {"name": "decision-tree"}, ways(numeric={"impute": "none"}, monotone={"age": "decreasing"})),
        ("binary", {"name": "sgd"}, ways(categorical={"encode": "woe"}, interactions=[["age", "job"]])),
        ("binary", {"name": "sgd"}, ways(columns={"income": {"bins": 3}, "town": {"encode": "ordinal"}})),
    ],
)
def test_what_can_be_fitted_and_compiled_may_be_proposed(task: str, item: Any, changes: dict[str, Any]) -> None:
    proposed(task, item, **changes)


@pytest.mark.parametrize("name", ["logisticregression", "svm", "os-system"])
def test_what_is_not_listed_is_refused_and_what_is_is_named(name: str) -> None:
    [finding] = refusal("binary", name).findings
    assert (finding.code, finding.found) == ("ESTIMATOR_NOT_ALLOWED", name)
    assert all(allowed in finding.expected for allowed in ESTIMATORS)


@pytest.mark.parametrize("parameter", ["n_jobs", "c", "random_state", "solver"])
def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(parameter: str) -> None:
    told = str(refusal("binary", {"name": "logistic-regression", "parameters": {parameter: 1}}))
    assert "PARAMETER_UNKNOWN" in told
    assert f"C, class_weight, max_iter, tol, found {parameter}" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("C", 0), ("C", -1), ("C", "1"), ("C", True), ("max_iter", 1.5), ("max_iter", True), ("class_weight", "none")],
)
def test_a_parameter_out_of_its_range_is_refused(name: str, value: object) -> None:
    told = str(refusal("binary", {"name": "logistic-regression", "parameters": {name: value}}))
    assert "PARAMETER_INVALID" in told
    assert f"{name}: " in told


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"name": "voting", "members": [{"name": "sgd"}, {"name": "svm"}]}, "ESTIMATOR_NOT_ALLOWED"),
        ({"name": "calibrated", "of": {"name": "sgd", "parameters": {"x": 1}}}, "PARAMETER_UNKNOWN"),
        ({"name": "calibrated", "of": {"name": "sgd"}, "parameters": {"cv": 6}}, "PARAMETER_INVALID"),
        ({"name": "calibrated", "of": {"name": "calibrated", "of": {"name": "sgd"}}}, "ESTIMATOR_NOT_ALLOWED"),
        (
            {"name": "voting", "members": [{"name": "sgd"}, {"name": "sgd"}], "parameters": {"weights": [1]}},
            "PARAMETER_INVALID",
        ),
    ],
)
def test_combinations_are_of_what_they_can_combine(item: dict[str, Any], code: str) -> None:
    assert refusal("binary", item).code == code


@pytest.mark.parametrize(
    ("search", "parameters", "code"),
    [
        ({"gamma": [1]}, {}, "PARAMETER_UNKNOWN"),
        ({"C": [1, -1]}, {}, "PARAMETER_INVALID"),
        ({"C": [1, 2]}, {"C": 3}, "PARAMETER_TWICE"),
        ({"C": [k + 1 for k in range(21)], "max_iter": [k + 1 for k in range(10)]}, {}, "SEARCH_TOO_LARGE"),
    ],
)
def test_a_search_is_over_few_allowed_values(search: Any, parameters: dict[str, Any], code: str) -> None:
    item = {"name": "logistic-regression", "parameters": parameters}
    assert refusal("binary", item, search=search).code == code
    assert MAX_CANDIDATES < 21 * 10


@pytest.mark.parametrize(
    ("task", "item"),
    [
        ("regression", {"name": "logistic-regression"}),
        ("binary", {"name": "ridge"}),
        ("regression", {"name": "voting", "members": [{"name": "ridge"}, {"name": "gaussian-naive-bayes"}]}),
        ("regression", {"name": "calibrated", "of": {"name": "sgd"}}),
    ],
)
def test_an_estimator_has_a_form_for_the_task(task: str, item: dict[str, Any]) -> None:
    assert refusal(task, item).code == "ESTIMATOR_NOT_FOR_TASK"


def test_a_parameter_of_the_other_form_is_refused() -> None:
    assert refusal("binary", estimator("sgd", loss="huber")).code == "PARAMETER_UNKNOWN"
    proposed("regression", estimator("sgd", loss="huber"))


def test_counts_are_not_below_zero() -> None:
    made = world("regression")
    target = {**made.dataset["spec"]["target"], "minimum": -1}
    with pytest.raises(Refused, match=r"ESTIMATOR_NOT_FOR_TASK.*at least 0 for poisson-regression.*minimum of -1"):
        made.described(target=target).specified(estimator={"name": "poisson-regression"}).study()


@pytest.mark.parametrize(
    ("item", "search"),
    [
        (estimator("random-forest", min_samples_leaf=9), None),
        ({"name": "voting", "members": [estimator("decision-tree", min_samples_leaf=1), {"name": "sgd"}]}, None),
        (estimator("decision-tree"), {"min_samples_leaf": [5, 20]}),
    ],
)
def test_a_leaf_of_few_rows_is_a_record_of_them_unless_the_data_is_public(item: Any, search: Any) -> None:
    made = world("binary").specified(estimator=item, search=search)
    assert made.study()
    with pytest.raises(Refused, match=r"LEAF_TOO_SMALL: expected leaves of at least 10 rows.*raise min_samples_leaf"):
        made.described(public=False).study()


@pytest.mark.parametrize("name", ["decision-tree", "random-forest", "extra-trees", "gradient-boosting"])
def test_leaves_hold_enough_rows_by_themselves(name: str) -> None:
    made = world("binary").specified(estimator=estimator(name)).described(public=False).study()
    fitted = fit.fit(made).estimator
    trees = [tree.tree_ for tree in np.ravel(getattr(fitted, "estimators_", [fitted]))]
    assert min(int(tree.n_node_samples.min()) for tree in trees) >= LEAF
