"""evaluate: measure quality, fairness, leakage and robustness on the held-out rows, and never judge.

In order:

* the estimator is fitted again, and must compile to the very bytes of model.json (TRAIN_NOT_REPRODUCED);
* the golden rows must be those the model answers so (GOLDEN_ROW), and the parity gate must hold (PARITY);
* then everything is measured on the plain data, because that is what will serve, and compared with what serves now.
  Policies are not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents import places
from counterseal.documents.golden import Golden
from counterseal.values.finding import Refused, refuse
from pipelines import fit, parity, study
from pipelines.measures import (
    calibration,
    champion,
    curves,
    effects,
    flip,
    groups,
    leakage,
    membership,
    operating,
    proxies,
    quality,
    robustness,
    slices,
)
from pipelines.measures.answers import Asker, answer, guessed, truth
from pipelines.measures.features import features
from pipelines.measures.grouping import crossed, groupings
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from counterseal.documents.portable.model import PortableModel
    from counterseal.documents.spec import Cost
    from pipelines.measures.answers import Answers
    from pipelines.measures.grouping import Grouping
    from pipelines.study import Study

TESTS = ["reproduced", "golden", "parity"]

#: Of how many training rows the losses are compared with the held-out ones', at most.
LEARNED = 10_000

#: The number a model of this task is first known by, and what it is called.
HEADLINE = {"binary": ("auc", "AUC"), "multiclass": ("auc", "AUC"), "regression": ("r2", "R²")}


def run(task: Task) -> Made:
    """Fit again, compare, measure."""
    found = study.read(task.materials, task.scope.model)
    fitted = fit.fit(found)
    task.fraction(0.4)
    model = _reproduced(fitted, task)
    _check_golden(model, task)
    probed = parity.probe(model, found.holdout.frame)
    where = places.model_file(task.scope.model, "model.json")
    measures = measure(found, model, task.document("champion"), task.fraction)
    measures["parity"] = parity.compare(fitted, model, probed, where)
    predicate = {
        "result": "PASSED",
        "configuration": task.descriptors({**found.paths(), "model": where}),
        "passedTests": TESTS,
        "warnedTests": [],
        "failedTests": [],
        **task.extension(measures=measures),
    }
    return Made(predicate, about=("model",), says=_says(measures))


def measure(found: Study, model: PortableModel, serving: bytes, fraction: Callable[[float], None]) -> dict[str, Any]:
    """Measure a model on the held-out rows of a study, beside the model.json that serves, if any does."""
    ask = Asker(model)
    answers, learned = answer(ask, found.holdout), answer(ask, found.training, LEARNED)
    fraction(0.6)
    columns = groupings(found.holdout, found.dataset)
    measured = {
        "task": answers.task,
        "rows": {"train": found.training.rows, "holdout": answers.rows},
        "quality": quality.measure(answers),
        "calibration": calibration.measure(answers),
        "groups": {column.name: groups.measure(answers, column) for column in columns},
        "intersections": {both.name: groups.measure(answers, both) for both in crossed(columns)},
        **_of_task(answers, columns, model, found.spec.cost),
    }
    fraction(0.7)
    return measured | {
        **_of_features(found, answers, columns),
        "flip": flip.measure(found.holdout.frame, answers, ask, found.dataset, found.spec.features),
        "leakage": leakage.measure(found, answers),
        "robustness": robustness.measure(model, answers, ask, found.training.frame, found.holdout.frame),
        "membership": membership.measure(learned, answers),
        **effects.measure(model, found.holdout.frame),
        "comparison": champion.measure(found, answers, serving),
    }


def _of_task(answers: Answers, columns: Sequence[Grouping], model: PortableModel, cost: Cost | None) -> dict[str, Any]:
    """Measure what one task has and another has not: a threshold and curves over it, or residuals."""
    if answers.task == "regression":
        return {"residuals": curves.residuals(answers)}
    if answers.task == "multiclass":
        return {}
    up = answers.truth == 1
    return {
        "threshold": model.threshold,
        "operating_point": operating.measure(answers, (cost.false_positive, cost.false_negative) if cost else None),
        "roc": curves.roc(answers.scores, up),
        "precision_recall": curves.precision_recall(answers.scores, up),
        "scores": {"classes": curves.by_class(answers), "groups": curves.by_group(answers, columns)},
    }


def _of_features(found: Study, answers: Answers, columns: Sequence[Grouping]) -> dict[str, Any]:
    """Measure by the features that the model reads: where it is worse, and which groups they tell."""
    read = features(found.holdout.frame, found.dataset, found.spec.features)
    folds = np.asarray(found.sides.folds)[np.asarray(found.sides.holdout)]
    cut = slices.cuts([feature.coded(slices.BINS) for feature in read], answers.rows)
    return {
        "slices": {
            "weak": slices.weak(answers, guessed(answers, truth(found.training)), cut),
            "odd": slices.odd(answers, cut),
        },
        "proxies": {column.name: proxies.measure(column, read, folds) for column in columns},
    }


def _says(measures: Mapping[str, Any]) -> str:
    name, label = HEADLINE[measures["task"]]
    found = measures["quality"][name]
    interval = f"{found['low']:.3f} to {found['high']:.3f}"
    return f"{label} {found['value']:.3f} ({interval}) on {measures['rows']['holdout']} held-out rows"


def _reproduced(fitted: fit.Fitted, task: Task) -> PortableModel:
    model = fit.compiled(fitted)
    if model.write() != task.document("model"):
        where = places.model_file(task.scope.model, "model.json")
        mend = "run the pipeline again, in the locked environment"
        raise refuse("TRAIN_NOT_REPRODUCED", where, "the bytes that fitting again gives", "others", mend)
    return model


def _check_golden(model: PortableModel, task: Task) -> None:
    where = places.model_file(task.scope.model, "golden.json")
    golden = Golden.read_json(task.document("golden"), where)
    if mismatches := golden.mismatches(model, where):
        raise Refused(*mismatches)
