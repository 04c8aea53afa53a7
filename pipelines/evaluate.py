"""evaluate: measure quality, fairness, leakage and robustness on the held-out rows, and never judge.

In order:

* the estimator is fitted again, and must compile to the very bytes of model.json (TRAIN_NOT_REPRODUCED);
* the golden rows must be those the model answers so (GOLDEN_ROW), and the parity gate must hold (PARITY);
* then everything is measured on the plain data, because that is what will serve. Policies are not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.golden import Golden
from counterseal.values.finding import Refused, refuse
from pipelines import curves, fit, groups, intervals, leakage, parity, robustness, study
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.documents.portable.model import PortableModel
    from pipelines.study import Study

TESTS = ["reproduced", "golden", "parity"]


def run(task: Task) -> Made:
    """Fit again, compare, measure."""
    found = study.read(task.materials, task.scope.model)
    fitted = fit.fit(found)
    task.fraction(0.4)
    model = _reproduced(fitted, task)
    _check_golden(model, task)
    probed = parity.probe(model, found.holdout.frame)
    where = places.model_file(task.scope.model, "model.json")
    measures = measure(found, model, task.fraction) | {"parity": parity.compare(fitted, model, probed, where)}
    predicate = {
        "result": "PASSED",
        "configuration": task.descriptors({**found.paths(), "model": where}),
        "passedTests": TESTS,
        "warnedTests": [],
        "failedTests": [],
        **task.extension(measures=measures),
    }
    auc = measures["auc"]
    says = f"AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}) on {found.holdout.rows} held-out rows"
    return Made(predicate, about=("model",), says=says)


def measure(found: Study, model: PortableModel, fraction: Callable[[float], None]) -> dict[str, Any]:
    """Measure a model on the held-out rows of a study."""
    side = found.holdout
    positive = side.labels()
    rows = list(side.frame.iter_rows(named=True))
    answers = [model.predict(row) for row in rows]
    scores, decided = [answer.probability for answer in answers], [a.decision == model.classes[1] for a in answers]
    right = sum(is_up is decision for is_up, decision in zip(positive, decided, strict=True))
    errors = [(score - is_up) ** 2 for score, is_up in zip(scores, positive, strict=True)]
    fraction(0.6)
    return {
        "rows": {"train": found.training.rows, "holdout": side.rows},
        "auc": intervals.auc(scores, positive),
        "brier": intervals.mean(errors, "squared errors"),
        "accuracy": intervals.share(right, side.rows),
        "threshold": model.threshold,
        "groups": groups.measure(found, decided),
        "leakage": leakage.measure(found),
        "robustness": robustness.measure(found, model, [model.predictor.score(row)[0] for row in rows]),
        "roc": curves.roc(scores, positive),
        "calibration": curves.calibration(scores, positive),
    }


def _reproduced(fitted: fit.Fitted, task: Task) -> PortableModel:
    model = fit.compiled(fitted)
    if model.write() != task.materials["model"]:
        where = places.model_file(task.scope.model, "model.json")
        mend = "run the pipeline again, in the locked environment"
        raise refuse("TRAIN_NOT_REPRODUCED", where, "the bytes that fitting again gives", "others", mend)
    return model


def _check_golden(model: PortableModel, task: Task) -> None:
    where = places.model_file(task.scope.model, "golden.json")
    golden = Golden.read_json(task.materials["golden"], where)
    if mismatches := golden.mismatches(model, where):
        raise Refused(*mismatches)
