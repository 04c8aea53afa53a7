"""The whole of model.json."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from counterseal.documents.portable.combine import Average
from counterseal.values.finding import Refused
from pipelines import fit
from tests.pipelines import tasks
from tests.pipelines.tasks import TASKS, estimator, fitted, world

if TYPE_CHECKING:
    from pipelines.fit import Fitted


@pytest.mark.parametrize("task", TASKS)
def test_task_classes_threshold_and_width_go_together(task: str) -> None:
    model = fit.compiled(fitted(task, estimator("decision-tree"), threshold=0.3))
    assert (model.task, model.threshold) == (task, 0.3 if task == "binary" else None)
    classes = {"binary": ("good", "bad"), "multiclass": ("LOW", "MIDDLE", "HIGH"), "regression": ()}
    assert model.classes == classes[task]
    assert model.predictor.width == max(1, len(model.classes) * (task == "multiclass"))
    assert not model.check(model.reference)


def test_bounds_so_wide_that_sums_overflow_are_refused() -> None:
    wide = world("binary").column("income", maximum=1e308).specified(preprocessing={"numeric": {"scale": "none"}})
    steep = fit.fit(wide.study())
    steep.estimator.coef_ *= 1e9
    with pytest.raises(Refused, match=r"model_specs/toy.yaml: MODEL_UNWRITABLE.*finite.*narrower bounds"):
        fit.compiled(steep)


def answers(made: Fitted) -> np.ndarray:
    model = fit.compiled(made)
    return np.array([model.predict(row).outputs for row in made.study.holdout.frame.iter_rows(named=True)])


def test_calibrated_probabilities_by_hand() -> None:
    """Each fold's scores through its own maps, made to add up to one, then the mean of the folds."""
    made = fitted("multiclass", tasks.calibrated("logistic-regression", "sigmoid"))
    columns = fit.matrix(made.study, made.prepared, made.pairs, made.study.holdout.frame)
    total = np.zeros((len(columns), 3))
    for fold in made.estimator.calibrated_classifiers_:
        scores = columns @ fold.estimator.coef_.T + fold.estimator.intercept_
        mapped = [
            [1 / (1 + math.exp(c.a_ * s + c.b_)) for c, s in zip(fold.calibrators, row, strict=True)] for row in scores
        ]
        total += np.array(mapped) / np.sum(mapped, axis=1, keepdims=True)
    assert np.abs(answers(made) - total / 3).max() < 1e-12


def test_folds_of_calibration_learn_and_are_tried_on_other_rows() -> None:
    made = fitted("binary", tasks.calibrated("decision-tree", "isotonic"))
    assert len(made.estimator.calibrated_classifiers_) == 3
    trees = [fold.estimator.tree_.n_node_samples[0] for fold in made.estimator.calibrated_classifiers_]
    assert sum(trees) == 2 * made.study.training.rows


def test_weights_of_votes_add_up_to_one() -> None:
    members = [estimator("logistic-regression"), estimator("decision-tree"), estimator("gaussian-naive-bayes")]
    made = fitted("binary", {"name": "voting", "members": members, "parameters": {"weights": [1, 2, 4]}})
    predictor = fit.compiled(made).predictor
    assert isinstance(predictor, Average)
    assert predictor.weights == (1 / 7, 2 / 7, 4 / 7)
    alone = [answers(fitted("binary", member)) for member in members]
    assert np.abs(answers(made) - sum(w * a for w, a in zip((1, 2, 4), alone, strict=True)) / 7).max() < 1e-12
