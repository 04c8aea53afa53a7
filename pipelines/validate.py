"""validate: whether this is the data that was described, and fits its description.

Whatever does not fit is refused (``study``); what fits is counted. The counts are facts, policy judges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import study
from pipelines.data.material import digest
from pipelines.intervals import rounded
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from pipelines.study import Side, Study

TESTS = ["documents", "fingerprint", "header", "values", "classes", "split"]


def run(task: Task) -> Made:
    """Validate the spec, the dataset and the data against each other."""
    found = study.read(task.materials, task.scope.model, lambda done: task.fraction(min(0.9, 0.9 * done)))
    measures = measure(found, digest(task.materials["data"]))
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
    frame, inspection = found.table.frame, found.table.inspection
    whole = frame.with_columns(found.table.target.alias(found.dataset.target.column))
    return {
        "rows": inspection.rows,
        "columns": inspection.columns,
        "duplicates": frame.height - whole.n_unique(),
        "fingerprint": {"expected": found.dataset.fingerprint, "found": fingerprint},
        "classes": _classes(found, found.table.target),
        "sides": {name: _side(found, side) for name, side in _sides(found)},
        "missing": {name: rounded(inspection.missing[name] / frame.height) for name in frame.columns},
        "rules": inspection.by_column(),
        "problems": inspection.problems,
    }


def _sides(found: Study) -> tuple[tuple[str, Side], ...]:
    return (("training", found.training), ("holdout", found.holdout))


def _side(found: Study, side: Side) -> dict[str, Any]:
    """Count a side's rows, and say which share of them each class has, or what a number is on average."""
    if not found.classes:
        return {"rows": side.rows, "mean": rounded(float(side.target.to_numpy().mean()))}
    shares = {label: rounded(count / side.rows) for label, count in _classes(found, side.target).items()}
    return {"rows": side.rows, "classes": shares}


def _classes(found: Study, target: pl.Series) -> dict[str, int]:
    """Count the rows of each class, by label."""
    counts = dict(target.cast(pl.Int64).value_counts().iter_rows()) if found.classes else {}
    return {label: counts.get(place, 0) for place, label in enumerate(found.classes)}
