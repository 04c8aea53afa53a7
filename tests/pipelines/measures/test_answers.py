"""What a model said beside what was true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines import fit
from pipelines.measures.answers import Asker, answer, guessed
from tests.pipelines.measures import toy as made

if TYPE_CHECKING:
    from tests.pipelines.world import World


def test_answers_are_those_of_the_model(toy: World) -> None:
    study = toy.specified(threshold=0.3).study()
    model = fit.compiled(fit.fit(study))
    found = answer(Asker(model), study.holdout)
    rows = list(study.holdout.frame.iter_rows(named=True))
    assert list(found.scores) == pytest.approx([model.predict(row).probability for row in rows], abs=1e-12)
    assert [model.classes[int(place)] for place in found.decided] == [model.predict(row).decision for row in rows]
    assert list(found.truth) == study.holdout.labels()
    assert answer(Asker(model), study.training, 20).rows == 20


def test_a_loss_is_the_logarithm_of_what_was_said_of_what_was_true() -> None:
    assert made.binary([0.9, 0.2], [1, 1]).losses() == pytest.approx(-np.log([0.9, 0.2]))
    assert made.multiclass([[0.1, 0.2, 0.7]], [2]).losses() == pytest.approx(-np.log([0.7]))
    assert made.regression([3.0], [1.0]).losses() == pytest.approx([4.0])


def test_who_always_says_the_average_loses_as_much_as_the_outcome_is_uncertain() -> None:
    fair = made.binary([0.9, 0.1], [1, 0])
    assert guessed(fair, np.asarray([0.0, 1.0])) == pytest.approx(np.log([2, 2]))
    three = made.multiclass([[0.8, 0.1, 0.1]], [0])
    assert guessed(three, np.asarray([0.0, 1.0, 2.0, 2.0])) == pytest.approx(np.log([4]))
    assert guessed(made.regression([1.0], [5.0]), np.asarray([1.0, 3.0])) == pytest.approx([9.0])
