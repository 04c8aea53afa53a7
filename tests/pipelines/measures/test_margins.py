"""Margins: exact ones stand on the boundary, those searched for are never shorter than they are."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from counterseal.documents.portable.additive import Additive, LinearTerm
from counterseal.documents.portable.inputs import NumberInput
from pipelines import fit
from pipelines.measures import margins
from pipelines.measures.answers import Answers, Asker, answer
from tests.pipelines.measures import toy as made

if TYPE_CHECKING:
    from tests.pipelines.world import World


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_a_row_moved_by_its_margin_stands_on_the_boundary(toy: World, scale: str) -> None:
    study = toy.specified(threshold=0.3, preprocessing={"numeric": {"scale": scale}}).study()
    model = fit.compiled(fit.fit(study))
    spread, sums = margins.Spread.of(model, study.training.frame), margins.linear(model.predictor)
    assert sums is not None
    answers = answer(Asker(model), study.holdout)
    found = margins.exact(sums, model.threshold, answers, spread)
    slopes = margins._weights(sums.scores[0].terms, spread)
    for i, row in enumerate(study.holdout.frame.iter_rows(named=True)):
        if None not in row.values() and i < 40:
            away = 1 if answers.decided[i] else -1
            moved = dict(row)
            for place, item in enumerate(spread.inputs):
                step = found[i] * slopes[place] / np.linalg.norm(slopes)
                moved[item.name] -= away * step * spread.deviations[place]
            assert model.predict(moved).probability == pytest.approx(0.3, abs=1e-9)


def test_what_is_searched_for_is_never_shorter_and_seldom_much_longer(toy: World) -> None:
    study = toy.specified(features=["income", "town", "job"]).study()
    model = fit.compiled(fit.fit(study))
    ask = Asker(model)
    answers, spread = answer(ask, study.holdout), margins.Spread.of(model, study.training.frame)
    sums = margins.linear(model.predictor)
    assert sums is not None
    known = np.flatnonzero(~study.holdout.frame["income"].is_null().to_numpy())
    frame, asked = study.holdout.frame[known], answers.where(known)
    exact, found = margins.exact(sums, model.threshold, asked, spread), margins.searched(frame, asked, ask, spread)
    assert (found >= exact - 1e-9).all()
    assert (found < margins.CAP).any()
    for rung, following in pairwise(margins.LADDER):
        assert (found[exact < rung] <= following).all()


def test_of_three_classes_the_nearest_boundary_counts() -> None:
    weights = np.asarray([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    terms = [
        [
            LinearTerm(kind="linear", input=n, impute=None, center=0, scale=1, weight=w)
            for n, w in zip("xy", row, strict=True)
        ]
        for row in weights
    ]
    sums = Additive.model_validate(
        {"kind": "additive", "link": "softmax", "scores": [{"intercept": 0.0, "terms": part} for part in terms]}
    )
    inputs = tuple(NumberInput(name=n, type="number", minimum=-9, maximum=9, nullable=False) for n in "xy")
    spread = margins.Spread(inputs, np.ones(2))
    scores = np.asarray([[2.0, 0.5]]) @ weights.T
    p = np.exp(scores) / np.exp(scores).sum()
    answers = Answers("multiclass", ("a", "b", "c"), p, np.zeros(1), np.zeros(1))
    assert margins.exact(sums, None, answers, spread) == pytest.approx([1.5 / math.sqrt(2)])


def test_moved_rows_stay_within_bounds_and_whole() -> None:
    inputs = (
        NumberInput(name="x", type="number", minimum=0, maximum=10, nullable=True),
        NumberInput(name="n", type="integer", minimum=0, maximum=10, nullable=False),
    )
    frame = pl.DataFrame({"x": [5.0, None, 9.0], "n": [5, 5, 9]})
    moved = margins.Spread(inputs, np.asarray([2.0, 1.0])).moved(
        frame, np.asarray([[1.0, 0.4], [1.0, 0.6], [9.0, -99.0]])
    )
    assert moved.to_dict(as_series=False) == {"x": [7.0, None, 10.0], "n": [5, 6, 0]}


def test_a_model_without_numbers_cannot_be_tipped(toy: World) -> None:
    study = toy.specified(features=["town", "job"]).study()
    model = fit.compiled(fit.fit(study))
    spread, sums = margins.Spread.of(model, study.training.frame), margins.linear(model.predictor)
    assert sums is not None
    answers = made.binary([0.5, 0.9, 0.1], [0, 1, 1])
    assert list(margins.exact(sums, 0.5, answers, spread)) == [margins.CAP] * 3
    assert set(margins.searched(study.holdout.frame[:3], answers, Asker(model), spread)) == {margins.CAP}
