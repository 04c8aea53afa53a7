"""train: fit the estimator on the training rows, and compile it to plain data.

Its products are the model, golden rows with the model's answers, and the baseline that drift is measured against; its
Statement is the SLSA provenance of the three: from what, by which code, on which platform.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from counterseal.documents.statement import BUILD_TYPE
from pipelines import batch, fit, rows, study
from pipelines.binning import baseline
from pipelines.step import Made, Task, descriptor

if TYPE_CHECKING:
    from pipelines.fit import Fitted

BUILDER = "urn:counterseal:ci"
LIBRARIES = ("numpy", "polars", "scikit-learn", "scipy")


def run(task: Task) -> Made:
    """Fit, compile, draw golden rows, bin the baseline."""
    found = study.read(task.materials, task.scope.model)
    task.fraction(0.1)
    fitted = fit.fit(found, lambda done: task.fraction(0.1 + 0.5 * done))
    model = fit.compiled(fitted)
    task.fraction(0.7)
    golden = rows.golden(model)
    scores = batch.outputs(model, found.training.frame).max(axis=1).tolist()
    files = {
        "model": model.write(),
        "golden": golden.write_json(),
        "baseline": baseline(found, scores).write_json(),
    }
    says = f"{model.predictor.size} from {found.training.rows} rows, {len(golden.spec.rows)} golden rows"
    return Made(_provenance(task, fitted), about=tuple(files), says=says, files=files)


def _provenance(task: Task, fitted: Fitted) -> dict[str, Any]:
    scope = task.scope
    code = {name: getattr(scope.materials.code, name) for name in ("counterseal", "pipelines", "lock")}
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"model": scope.model, "version": scope.version, "spec": {"sha256": scope.spec}},
            "internalParameters": {**_learned(fitted), **_platform()},
            "resolvedDependencies": [
                *task.descriptors(fitted.study.paths()),
                *(descriptor(name, digest) for name, digest in code.items()),
            ],
        },
        "runDetails": {"builder": {"id": BUILDER}, "metadata": {"invocationId": scope.run}},
        **task.extension(),
    }


def _learned(fitted: Fitted) -> dict[str, Any]:
    """Return what was fitted, with the parameters that a search chose, and how it chose them."""
    search = fitted.search
    told = {"candidates": search.candidates, "folds": search.folds, search.metric: search.score} if search else None
    estimator = fitted.chosen.model_dump(mode="json", exclude_none=True)
    return {"estimator": estimator, "seed": fitted.study.spec.seed} | ({"search": told} if told else {})


def _platform() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "system": platform.system(),
        "blas_threads": 1,
        "libraries": {name: version(name) for name in LIBRARIES},
    }
