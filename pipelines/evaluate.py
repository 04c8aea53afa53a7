"""evaluate: measure quality, fairness, leakage and robustness on the held-out rows, and never judge.

In order:

* the estimator is fitted again, and must compile to the very bytes of model.json (TRAIN_NOT_REPRODUCED);
* the golden rows must be those the model answers so (GOLDEN_ROW), and the parity gate must hold (PARITY);
* then everything is measured on the plain data, because that is what will serve, and compared with what serves now.
  Policies are not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.golden import Golden
from counterseal.values.finding import Refused, refuse
from pipelines import fit, parity, study
from pipelines.measures import calibration, champion, curves, groups, leakage, operating, quality, robustness
from pipelines.measures.answers import answer
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
    answers = answer(model, found.holdout)
    fraction(0.6)
    columns = groupings(found.holdout, found.dataset)
    measured = {
        "task": answers.task,
        "rows": {"train": found.training.rows, "holdout": answers.rows},
        "quality": quality.measure(answers),
        "calibration": calibration.measure(answers),
        "groups": {column.name: groups.measure(answers, column) for column in columns},
        "intersections": {both.name: groups.measure(answers, both) for both in crossed(columns)},
        "leakage": leakage.measure(found),
        "robustness": robustness.measure(found, model, answers),
        "comparison": champion.measure(found, answers, serving),
    }
    return measured | (_of_two(answers, columns, model, found.spec.cost) if answers.task == "binary" else {})


def _of_two(answers: Answers, columns: Sequence[Grouping], model: PortableModel, cost: Cost | None) -> dict[str, Any]:
    """Measure what only a model of two classes has: a threshold, and curves over it."""
    up = answers.truth == 1
    return {
        "threshold": model.threshold,
        "operating_point": operating.measure(answers, (cost.false_positive, cost.false_negative) if cost else None),
        "roc": curves.roc(answers.scores, up),
        "precision_recall": curves.precision_recall(answers.scores, up),
        "scores": {"classes": curves.by_class(answers), "groups": curves.by_group(answers, columns)},
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
