"""The parts of a BOM that its library has no classes for: the model's card and the dataset's description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.estimators import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.spec import ModelSpecSpec

HOLDOUT = "held-out rows"

_TASKS = {"binary": "binary classification", "multiclass": "multiclass classification", "regression": "regression"}


def card(spec: ModelSpecSpec, dataset: DatasetSpec, measures: Mapping[str, Any], data: str) -> dict[str, Any]:
    """Return the CycloneDX modelCard."""
    allowed = ESTIMATORS[spec.estimator.name]
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": f"{_TASKS[dataset.target.task]}: {dataset.target.meaning}",
            "architectureFamily": allowed.family,
            "modelArchitecture": allowed.title,
            "datasets": [{"ref": data}],
            "inputs": [{"format": f"{name}: {dataset.columns[name].type}"} for name in spec.features],
            "outputs": [{"format": output} for output in _outputs(dataset)],
        },
        "quantitativeAnalysis": {"performanceMetrics": list(_metrics(measures))},
        "considerations": {
            "useCases": [spec.purpose],
            "technicalLimitations": list(spec.limitations),
            "fairnessAssessments": [_fairness(name, group) for name, group in measures["groups"].items()],
        },
    }


def data(spec: ModelSpecSpec, dataset: DatasetSpec, measures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the CycloneDX description of the dataset: its size and source, and no record of it."""
    rows = measures["rows"]
    counts = {"rows": rows["train"] + rows["holdout"], "rows:train": rows["train"], "rows:holdout": rows["holdout"]}
    about = {"fingerprint": dataset.fingerprint, "source": dataset.source.title, "reference": dataset.source.reference}
    told = {**counts, **about}
    return [
        {
            "type": "dataset",
            "name": spec.dataset,
            "description": dataset.title,
            "classification": "public" if dataset.public else "not public",
            "sensitiveData": list(dataset.sensitive),
            "contents": {"properties": [{"name": name, "value": str(value)} for name, value in told.items()]},
        }
    ]


def _metrics(measures: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [_metric(name, estimate, HOLDOUT) for name, estimate in measures["quality"].items()]
    for column, group in measures["groups"].items():
        found.append(_metric("largest difference", group["difference"], f"groups of {column}"))
        for name, rates in group["groups"].items():
            found += [_metric(kind, estimate, f"{column}: {name}") for kind, estimate in _estimates(rates)]
    return found


def _estimates(rates: Mapping[str, Any], of: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what was measured of a group, and of each class within it."""
    for name, value in rates.items():
        if name == "classes":
            for label, inner in value.items():
                yield from _estimates(inner, f" of {label}")
        elif name != "n":
            yield f"{name.replace('_', ' ')}{of}", value


def _outputs(dataset: DatasetSpec) -> list[str]:
    target = dataset.target
    if target.task == "regression":
        return [f"{target.column}, {target.unit}"]
    said = target.labels[-1:] if target.task == "binary" else target.labels
    return [*(f"probability of {label!r}" for label in said), "decision"]


def _metric(kind: str, estimate: Mapping[str, Any], part: str) -> dict[str, Any]:
    interval = {"lowerBound": str(estimate["low"]), "upperBound": str(estimate["high"])}
    return {"type": kind, "value": str(estimate["value"]), "slice": part, "confidenceInterval": interval}


def _fairness(column: str, group: Mapping[str, Any]) -> dict[str, Any]:
    difference = group["difference"]
    told = f"{difference['value']} ({difference['low']} to {difference['high']})"
    few = f"; too few rows to tell: {', '.join(group['too_small'])}" if group["too_small"] else ""
    harms = f"{difference['method'].partition(',')[0]}: {told}{few}"
    return {"groupAtRisk": f"{column}: {', '.join(group['groups'])}", "harms": harms}
