"""Margins are exact: a row moved by its margin stands on the boundary."""

from __future__ import annotations

import math
from statistics import pstdev
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines import fit
from pipelines.measures import robustness
from tests.pipelines.measures import toy as made

if TYPE_CHECKING:
    from tests.pipelines.world import World


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_a_row_moved_by_its_margin_stands_on_the_boundary(toy: World, scale: str) -> None:
    study = toy.specified(threshold=0.3, preprocessing={"numeric": {"scale": scale}}).study()
    model = fit.compiled(fit.fit(study))
    slope = robustness.steepness(study, model)
    linear = robustness.linear_terms(model)
    spread = {
        term.input: pstdev(v for v in study.training.frame[term.input].to_list() if v is not None) for term in linear
    }
    for row in study.holdout.frame.drop_nulls().head(20).iter_rows(named=True):
        answer = model.predict(row)
        margin = float(robustness.margins(model, np.asarray([answer.probability]), slope)[0])
        away = 1 if answer.decision == model.classes[1] else -1
        moved = dict(row)
        for term in linear:
            per_deviation = term.weight / term.scale * spread[term.input]
            moved[term.input] -= away * margin * per_deviation / slope * spread[term.input]
        assert model.predict(moved).probability == pytest.approx(0.3, abs=1e-9)


def logistic(total: float) -> float:
    return 1 / (1 + math.exp(-total))


def test_shares_and_intervals(toy: World) -> None:
    study = toy.study()
    model = fit.compiled(fit.fit(study))
    slope = robustness.steepness(study, model)
    scores = [logistic(0.05 * slope)] * 30 + [logistic(2 * slope)] * 70
    found = robustness.measure(study, model, made.binary(scores, [0, 1] * 50))
    assert (found["fragile_share"]["value"], found["n"]) == (0.3, 100)
    assert found["median_margin"]["value"] == pytest.approx(2, abs=1e-6)
    assert found["fragile_share"]["low"] < 0.3 < found["fragile_share"]["high"]


def test_a_model_without_numbers_cannot_be_tipped(toy: World) -> None:
    study = toy.specified(features=["town", "job"]).study()
    model = fit.compiled(fit.fit(study))
    found = robustness.measure(study, model, made.binary([0.5, 0.9, 0.1], [0, 1, 1]))
    assert (found["median_margin"]["value"], found["fragile_share"]["value"]) == (robustness.CAP, 0.0)
