"""Predictors made of predictors: known answers, and what does not hold together."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents.portable.combine import MAX_DEPTH, Isotonic, Sigmoid
from counterseal.documents.portable.links import LINKS, exp, logistic, shared
from counterseal.values.finding import Refused
from tests.counterseal.documents.portable.test_explain import linear, model, row
from tests.counterseal.documents.portable.test_explain import logistic as logit

if TYPE_CHECKING:
    from tests.counterseal.documents.portable.drawn import Plain

ONE, OTHER = logit(linear("x0", 1.0)), logit(linear("x1", -2.0), intercept=0.5)
SIGMOID: Plain = {"kind": "sigmoid", "a": -2.0, "b": 0.5}
SCORES = ONE | {"link": "identity"}


def average(*members: Plain, weights: list[float]) -> Plain:
    return {"kind": "average", "members": members, "weights": weights}


def calibrated(member: Plain, *maps: Plain) -> Plain:
    return {"kind": "calibrated", "member": member, "maps": maps}


def test_an_average_is_weighted() -> None:
    found = model(average(ONE, OTHER, weights=[0.25, 0.75])).predict(row(x0=1, x1=1)).probability
    assert found == 0.25 * logistic(1.0) + 0.75 * logistic(-1.5)


def test_a_calibrated_score_goes_through_its_map() -> None:
    assert model(calibrated(SCORES, SIGMOID)).predict(row(x0=3)).probability == logistic(2.0 * 3 - 0.5)
    isotonic = {"kind": "isotonic", "x": [-1, 1, 2], "y": [0.125, 0.25, 0.75]}
    made = model(calibrated(SCORES, isotonic))
    found = [made.predict(row(x0=x)).probability for x in (-9, -1, 0, 1, 1.5, 2, 9)]
    assert found == [0.125, 0.125, 0.1875, 0.25, 0.5, 0.75, 0.75]


def test_a_single_point_is_a_constant() -> None:
    made = model(calibrated(SCORES, {"kind": "isotonic", "x": [0], "y": [0.5]}))
    assert {made.predict(row(x0=x)).probability for x in (-1, 0, 1)} == {0.5}


def test_rounding_takes_no_probability_past_1() -> None:
    sure = calibrated(SCORES, {"kind": "isotonic", "x": [0], "y": [1]})
    made = model(average(*[sure] * 3, weights=[0.7, 0.2, 0.1 + 4e-10]))
    assert made.predictor.answer(row())[0] > 1
    assert made.predict(row()).probability == 1.0


def nested(depth: int) -> Plain:
    return reduce(lambda inner, _: average(inner, weights=[1.0]), range(depth - 1), ONE)


@pytest.mark.parametrize(
    ("predictor", "told"),
    [
        (average(ONE, OTHER, weights=[0.5]), "a weight for each"),
        (average(ONE, OTHER, weights=[0.5, 0.6]), "1 in all"),
        (average(ONE, OTHER, weights=[1.5, -0.5]), "weights"),
        (average(weights=[]), "members"),
        (average(*[ONE] * 101, weights=[1.0]), "members"),
        (average(ONE, {**SCORES, "scores": SCORES["scores"] * 2}, weights=[0.5, 0.5]), "as many outputs"),
        (average(ONE, SCORES, weights=[0.5, 0.5]), "from 0 to 1"),
        (calibrated(SCORES), "maps"),
        (calibrated(SCORES, SIGMOID, SIGMOID), "a map for each output"),
        (calibrated(SCORES, SIGMOID | {"a": 1e308}), "finite for every row"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [0, 0], "y": [0, 1]}), "x that rises"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [1, 0], "y": [0, 1]}), "x that rises"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [0], "y": [0, 1]}), "a y for each"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [-1.7e308, 1.7e308], "y": [0, 1]}), "x that rises"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [0, 1], "y": [0, 1.1]}), "predictor.maps"),
        (calibrated(SCORES, {"kind": "isotonic", "x": [], "y": []}), "predictor.maps"),
        (nested(MAX_DEPTH + 1), "inside one another"),
        (nested(40), "JSON_TOO_DEEP"),
        ({"kind": "average"}, "members"),
        ({"kind": "stacked"}, "stacked"),
    ],
)
def test_what_does_not_hold_together(predictor: Plain, told: str) -> None:
    assert model(nested(MAX_DEPTH))
    with pytest.raises(Refused) as refusal:
        model(predictor)
    assert told in str(refusal.value)


@given(st.lists(st.floats(-1e308, 1e308), min_size=2, max_size=5))
def test_links_give_shares_that_add_up_to_1(scores: list[float]) -> None:
    for link in ("softmax", "ovr"):
        found = LINKS[link](scores)
        assert sum(found) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in found)
        assert max(zip(scores, found, strict=True))[1] == max(found)


def test_what_has_no_share_is_shared_evenly() -> None:
    assert shared([0.0, 0.0, 0.0, 0.0]) == [0.25] * 4
    assert shared([1.0, 3.0]) == [0.25, 0.75]


@given(st.floats(allow_nan=False))
def test_nothing_overflows(score: float) -> None:
    assert 0 < exp(score) < 1e308
    assert 0 < Sigmoid(kind="sigmoid", a=-1, b=0).mapping()(max(-1e308, min(1e308, score))) <= 1


@given(st.floats(allow_nan=False))
def test_isotonic_maps_stay_within_their_points(output: float) -> None:
    mapping = Isotonic(kind="isotonic", x=(-1e3, 0.1, 7.3), y=(0.0, 0.3, 1.0)).mapping()
    assert -1e-15 <= mapping(output) <= 1 + 1e-15
    assert mapping(output) <= mapping(output + 1) + 1e-15
