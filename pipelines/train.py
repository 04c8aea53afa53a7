"""train: fit the estimator on the training rows, and compile it to plain data.

Its products are the model, golden rows with the model's answers, and the baseline that drift is measured against; its
Statement is the SLSA provenance of the three: from what, by which code, on which platform.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from counterseal.documents.statement import BUILD_TYPE
from pipelines import fit, rows, study
from pipelines.binning import baseline
from pipelines.step import Made, Task, descriptor

if TYPE_CHECKING:
    from pipelines.study import Study

BUILDER = "urn:counterseal:ci"
LIBRARIES = ("numpy", "polars", "scikit-learn", "scipy")


def run(task: Task) -> Made:
    """Fit, compile, draw golden rows, bin the baseline."""
    found = study.read(task.materials, task.scope.model)
    task.fraction(0.1)
    model = fit.compiled(fit.fit(found))
    task.fraction(0.7)
    golden = rows.golden(model)
    scores = [model.predict(row).score for row in found.training.frame.iter_rows(named=True)]
    files = {
        "model": model.write(),
        "golden": golden.write_json(),
        "baseline": baseline(found, scores).write_json(),
    }
    says = f"{model.predictor.size} from {found.training.rows} rows, {len(golden.spec.rows)} golden rows"
    return Made(_provenance(task, found), about=tuple(files), says=says, files=files)


def _provenance(task: Task, found: Study) -> dict[str, Any]:
    scope = task.scope
    code = {name: getattr(scope.materials.code, name) for name in ("counterseal", "pipelines", "lock")}
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"model": scope.model, "version": scope.version, "spec": {"sha256": scope.spec}},
            "internalParameters": _platform(found),
            "resolvedDependencies": [
                *task.descriptors(found.paths()),
                *(descriptor(name, digest) for name, digest in code.items()),
            ],
        },
        "runDetails": {"builder": {"id": BUILDER}, "metadata": {"invocationId": scope.run}},
        **task.extension(),
    }


def _platform(found: Study) -> dict[str, Any]:
    return {
        "estimator": found.spec.estimator.model_dump(mode="json", exclude_none=True),
        "seed": found.spec.seed,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "system": platform.system(),
        "blas_threads": 1,
        "libraries": {name: version(name) for name in LIBRARIES},
    }
