"""What a model is made of: estimator, packages, digests, licences; the bill of materials has the rest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from counterseal.documents.card.words import table, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.estimator import Estimator
    from counterseal.documents.spec import ModelSpecSpec

#: The packages a reader asks for first; the rest stands in the BOM.
KEY_PACKAGES = ("numpy", "polars", "scikit-learn")
NO_PACKAGE = "no package that is listed"
_DIGESTS = {
    "counterseal:model#": "model.json",
    "counterseal:dataset": "dataset.yaml",
    "counterseal:spec": "the spec",
    "counterseal:lock": "the lock",
    "counterseal:run": "the run",
}


def made_of(spec: ModelSpecSpec, bom: Mapping[str, Any]) -> Iterator[str]:
    """Yield the estimator, the environment, the digests and the licences."""
    packages = [item for item in bom["components"] if item["type"] == "library"]
    properties = {item["name"]: item["value"] for item in bom["metadata"]["properties"]}
    versions = {item["name"]: item["version"] for item in packages}
    key = ", ".join(f"{name} {text(versions[name])}" for name in KEY_PACKAGES if name in versions)
    licences = Counter(_licence(item) for item in packages)
    ordered = sorted(licences.items(), key=lambda item: (-item[1], item[0]))
    yield from ("## What it is made of", "")
    yield f"Estimator: {_estimator(spec.estimator)}. Fitted with {key or NO_PACKAGE}, in an environment"
    listed = "with hashes and licences" if any("hashes" in item for item in packages) else "with their licences"
    yield f"of {len(packages)} packages; the bill of materials lists them all, {listed}."
    yield ""
    digests = ((label, f"`{text(properties.get(name, 'unknown'))}`") for name, label in _DIGESTS.items())
    yield from table(("what", "SHA-256"), digests)
    yield ""
    yield from table(("licence", "packages"), ((text(name), str(count)) for name, count in ordered))


def _estimator(estimator: Estimator) -> str:
    parts = ", ".join(map(_estimator, estimator.parts))
    return f"{text(estimator.name)} of {parts}" if parts else text(estimator.name)


def _licence(component: Mapping[str, Any]) -> str:
    found = {item["name"]: item["value"] for item in component.get("properties", ())}
    return str(found.get("counterseal:licence", "unknown"))
