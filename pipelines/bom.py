"""bom: what the model is made of, as a CycloneDX 1.6 ML-BOM.

* The model, with its card: what it is for, its numbers with intervals, its limits.
* The dataset, with licence and attribution; no record of it.
* Every package of the lock that counts on this platform, with its licence, or ``unknown``. The hashes of its files
  stand in the lock, thousands of them: a property says in which one, by its digest.
* How it was made: the workflow, with what went in and out.

The library writes the base; what it has no classes for (modelCard, data, formulation) is merged in as plain values.
The result passes the strict schema (BOM_INVALID) and refers to nothing it lacks (BOM_DANGLING), which no schema checks.
The serial number comes from the run, there is no timestamp, packages are named without a host: same run, same bytes.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from counterseal.documents import entry, places
from counterseal.documents.dataset import Dataset
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import EXTENSION, Statement
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from pipelines import licences, lock, modelcard
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.spec import ModelSpecSpec

LICENCE = "counterseal:licence"
HASHES = "counterseal:package-hashes"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:counterseal:run")
#: What fitting needs directly; the rest of the lock is there for these, or for the tool itself.
DIRECT = ("numpy", "polars", "scikit-learn")


def run(task: Task) -> Made:
    """List what the model is made of."""
    bom = build(task)
    check(bom, places.bom(task.scope.model))
    packages = [item for item in bom["components"] if item["type"] == "library"]
    unknown = sum(licence_of(item) == licences.UNKNOWN for item in packages)
    says = f"{len(packages)} packages, 1 dataset, {unknown} unknown licences"
    files = {"bom": strict_json.pretty(bom)}
    return Made(bom, about=("bom", "model"), says=says, files=files)


def build(task: Task) -> dict[str, Any]:
    """Build the BOM as plain values."""
    model = task.scope.model
    spec = ModelSpec.read(task.document("spec"), places.spec(model)).spec
    dataset = Dataset.read(task.document("dataset"), places.dataset(spec.dataset)).spec
    where = places.statement(model, "evaluate")
    statement = Statement.open(task.document("evaluation"), task.keys, where)
    measures = statement.predicate[EXTENSION]["measures"]
    pins = lock.read(task.document("lock"), places.LOCK)
    task.fraction(0.3)
    base = _base(task, spec, dataset, pins)
    task.fraction(0.7)
    properties = [*task.scope.properties(), *_numbers(task, measures), _hashes(task)]
    base["metadata"]["properties"] = sorted(properties, key=_name)
    base["metadata"]["component"]["modelCard"] = modelcard.card(spec, dataset, measures, data_ref(spec.dataset))
    data = next(item for item in base["components"] if item["type"] == "data")
    data["data"] = modelcard.data(spec, dataset, measures)
    data["copyright"] = dataset.source.attribution
    base["formulation"] = _formulation(task, spec.dataset)
    return base


def check(bom: Mapping[str, Any], where: str) -> None:
    """Raise Refused unless a BOM passes the strict schema and every reference leads somewhere."""
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)):
        message = getattr(error.data, "message", error.data)
        raise refuse("BOM_INVALID", where, "CycloneDX 1.6", str(message)[:200])
    defined = list(_values(bom, "bom-ref"))
    if twice := [ref for ref, count in Counter(defined).items() if count > 1]:
        raise refuse("BOM_REF_TWICE", where, "each bom-ref once", twice[0])
    if dangling := sorted(set(_references(bom)) - set(defined)):
        raise refuse("BOM_DANGLING", where, "references to what the BOM lists", dangling[0])


def licence_of(component: Mapping[str, Any]) -> str:
    """Return the licence of a component, in the one property that always has it."""
    found = (item["value"] for item in component.get("properties", ()) if item["name"] == LICENCE)
    return str(next(found, licences.UNKNOWN))


def model_ref(model: str) -> str:
    """Return the reference of the model."""
    return f"model:{model}"


def data_ref(dataset: str) -> str:
    """Return the reference of the dataset."""
    return f"data:{dataset}"


def _base(task: Task, spec: ModelSpecSpec, dataset: DatasetSpec, pins: tuple[lock.Pin, ...]) -> dict[str, Any]:
    scope = task.scope
    installed = {pin.name: lock.installed(pin) for pin in pins}
    lock.check(pins, installed, places.LOCK)
    kind, ref = ComponentType.MACHINE_LEARNING_MODEL, model_ref(scope.model)
    subject = _component(kind, scope.model, str(scope.version), ref, spec.licence, sha256(task.document("model")))
    kind, ref, digest = ComponentType.DATA, data_ref(spec.dataset), scope.materials.dataset
    data = _component(kind, spec.dataset, digest[:12], ref, dataset.source.licence, digest)
    packages = {pin.name: _package(pin, licences.of(installed[pin.name])) for pin in pins}
    direct = [packages[name].bom_ref for name in DIRECT if name in packages]
    bom = Bom(
        serial_number=uuid.uuid5(NAMESPACE, scope.run),
        version=1,
        metadata=BomMetaData(component=subject),
        components=[data, *packages.values()],
        dependencies=[
            Dependency(subject.bom_ref, [Dependency(ref) for ref in (data.bom_ref, *direct)]),
            Dependency(data.bom_ref),
            *(_dependency(pin, lock.needs(installed[pin.name]), packages) for pin in pins),
        ],
    )
    plain: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    del plain["metadata"]["timestamp"]
    return plain


def _component(
    kind: ComponentType, name: str, version: str, ref: str, licence: str, digest: str | None = None
) -> Component:
    known = licence != licences.UNKNOWN
    return Component(
        type=kind,
        name=name,
        version=version,
        bom_ref=ref,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
        licenses=[_licence(licence)] if known else [],
        properties=[Property(name=LICENCE, value=licence)],
    )


def _licence(text: str) -> LicenseExpression | DisjunctiveLicense:
    spdx = licences.spdx_of(text)
    if spdx is None:
        return DisjunctiveLicense(name=text)
    return DisjunctiveLicense(id=spdx) if licences.is_id(spdx) else LicenseExpression(spdx)


def _package(pin: lock.Pin, licence: str) -> Component:
    package = _component(ComponentType.LIBRARY, pin.name, pin.version, pin.purl, licence)
    package.purl = PackageURL("pypi", None, pin.name, pin.version)
    return package


def _dependency(pin: lock.Pin, needs: tuple[str, ...], packages: Mapping[str, Component]) -> Dependency:
    return Dependency(BomRef(pin.purl), [Dependency(packages[name].bom_ref) for name in needs if name in packages])


def _numbers(task: Task, measures: Mapping[str, Any]) -> list[dict[str, str]]:
    repeated = strict_json.canonical(entry.metrics(measures)).decode()
    digest = sha256(task.document("model"))
    return [{"name": "counterseal:metrics", "value": repeated}, {"name": "counterseal:model#", "value": digest}]


def _hashes(task: Task) -> dict[str, str]:
    return {"name": HASHES, "value": f"{places.LOCK} (SHA-256 {sha256(task.document('lock'))})"}


def _name(item: Mapping[str, str]) -> str:
    return item["name"]


def _formulation(task: Task, dataset: str) -> list[dict[str, Any]]:
    workflow = {
        "bom-ref": "workflow:model",
        "uid": task.scope.run,
        "name": places.PIPELINE,
        "taskTypes": ["build"],
        "inputs": [{"resource": {"ref": data_ref(dataset)}}],
        "outputs": [{"type": "artifact", "resource": {"ref": model_ref(task.scope.model)}}],
    }
    return [{"bom-ref": "formula:model", "workflows": [workflow]}]


def _values(value: Any, *keys: str) -> Iterator[str]:  # noqa: ANN401 (JSON is any value)
    for key, child in value.items() if isinstance(value, dict) else ():
        if key in keys and isinstance(child, str):
            yield child
        elif key in keys and isinstance(child, list):
            yield from (item for item in child if isinstance(item, str))
    yield from _nested(value.values() if isinstance(value, dict) else value if isinstance(value, list) else (), keys)


def _nested(children: Iterable[Any], keys: tuple[str, ...]) -> Iterator[str]:
    for child in children:
        yield from _values(child, *keys)


def _references(bom: Mapping[str, Any]) -> Iterator[str]:
    return _values(bom, "ref", "dependsOn", "provides")
