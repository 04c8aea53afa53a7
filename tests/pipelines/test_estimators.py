"""Which estimators may be proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.values.finding import Refused
from pipelines.estimators import ESTIMATORS

if TYPE_CHECKING:
    from tests.pipelines.world import World


def proposed(toy: World, parameters: dict[str, object], name: str = "logistic-regression") -> World:
    return toy.specified(estimator={"name": name, "parameters": parameters})


def test_what_is_listed_is_allowed(toy: World) -> None:
    made = proposed(toy, {"C": 0.5, "class_weight": "balanced", "max_iter": 500, "tol": 1e-6})
    assert made.study().spec.estimator.name in ESTIMATORS
    assert proposed(toy, {"C": 1, "class_weight": None}).study()


@pytest.mark.parametrize("name", ["random-forest", "logisticregression", "os-system"])
def test_what_is_not_listed_is_refused_and_what_is_is_named(toy: World, name: str) -> None:
    with pytest.raises(Refused) as refused:
        proposed(toy, {"n_jobs": 4}, name).study()
    [finding] = refused.value.findings
    assert (finding.code, finding.found) == ("ESTIMATOR_NOT_ALLOWED", name)
    assert all(allowed in finding.expected for allowed in ESTIMATORS)


@pytest.mark.parametrize("parameter", ["n_jobs", "c", "random_state", "solver"])
def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(toy: World, parameter: str) -> None:
    with pytest.raises(Refused, match=r"PARAMETER_UNKNOWN.*C, class_weight, max_iter, tol, found " + parameter):
        proposed(toy, {parameter: 1}).study()


@pytest.mark.parametrize(
    ("name", "value"),
    [("C", 0), ("C", -1), ("C", "1"), ("C", True), ("max_iter", 1.5), ("max_iter", True), ("class_weight", "none")],
)
def test_a_parameter_out_of_its_range_is_refused(toy: World, name: str, value: object) -> None:
    with pytest.raises(Refused, match=f"PARAMETER_INVALID.*{name}: "):
        proposed(toy, {name: value}).study()
