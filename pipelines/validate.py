"""validate: whether this is the data that was described, and fits its description.

Whatever does not fit is refused (``study``); what fits is counted. The counts are facts, policy judges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.values.digest import sha256
from pipelines import study
from pipelines.intervals import rounded
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from pipelines.study import Study

TESTS = ["documents", "fingerprint", "header", "values", "classes", "split"]


def run(task: Task) -> Made:
    """Validate the spec, the dataset and the data against each other."""
    found = study.read(task.materials, task.scope.model)
    measures = measure(found, sha256(task.materials["data"]))
    predicate = {
        "result": "PASSED",
        "configuration": task.descriptors(found.paths()),
        "passedTests": TESTS,
        "warnedTests": [],
        "failedTests": [],
        **task.extension(measures=measures),
    }
    says = f"{measures['rows']} rows, {measures['columns']} columns, {measures['duplicates']} duplicates, 0 problems"
    return Made(predicate, about=("spec",), says=says)


def measure(found: Study, fingerprint: str) -> dict[str, Any]:
    """Count what a policy may ask about the data."""
    frame, positive = found.table.frame, found.table.positive
    whole = frame.with_columns(positive.alias(found.dataset.target.column))
    down, up = found.classes
    return {
        "rows": frame.height,
        "columns": len(found.sheet.header),
        "duplicates": frame.height - whole.n_unique(),
        "fingerprint": {"expected": found.dataset.fingerprint, "found": fingerprint},
        "classes": {down: int((~positive).sum()), up: int(positive.sum())},
        "missing": {name: rounded(frame[name].null_count() / frame.height) for name in frame.columns},
        "problems": 0,
    }
