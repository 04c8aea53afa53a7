"""The parts of a BOM that its library has no classes for: the model's card and the dataset's description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.estimators import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.spec import ModelSpecSpec

HOLDOUT = "held-out rows"


def card(spec: ModelSpecSpec, dataset: DatasetSpec, measures: Mapping[str, Any], data: str) -> dict[str, Any]:
    """Return the CycloneDX modelCard."""
    allowed = ESTIMATORS[spec.estimator.name]
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": f"binary classification: {dataset.target.meaning}",
            "architectureFamily": allowed.family,
            "modelArchitecture": allowed.title,
            "datasets": [{"ref": data}],
            "inputs": [{"format": f"{name}: {dataset.columns[name].type}"} for name in spec.features],
            "outputs": [{"format": f"probability of {dataset.target.labels[-1]!r}"}, {"format": "decision"}],
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
        found.append(_metric("selection rate, largest difference", group["difference"], f"groups of {column}"))
        for name, rates in group["groups"].items():
            found.append(_metric("selection rate", rates["selection_rate"], f"{column}: {name}"))
            found.append(_metric("true positive rate", rates["true_positive_rate"], f"{column}: {name}"))
    return found


def _metric(kind: str, estimate: Mapping[str, Any], part: str) -> dict[str, Any]:
    interval = {"lowerBound": str(estimate["low"]), "upperBound": str(estimate["high"])}
    return {"type": kind, "value": str(estimate["value"]), "slice": part, "confidenceInterval": interval}


def _fairness(column: str, group: Mapping[str, Any]) -> dict[str, Any]:
    difference = group["difference"]
    told = f"{difference['value']} ({difference['low']} to {difference['high']})"
    few = f"; too few rows to tell: {', '.join(group['too_small'])}" if group["too_small"] else ""
    harms = f"largest difference of selection rates: {told}{few}"
    return {"groupAtRisk": f"{column}: {', '.join(group['groups'])}", "harms": harms}
