"""What a proposal's documents say for themselves, before anything was run: each misfit with file and line.

This is advice, early and cheap. What counts is the evidence, and ``admit``, which reads everything again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import codeowners, places
from counterseal.documents.dataset import Dataset
from counterseal.documents.document import validate
from counterseal.documents.policy import DriftPolicy, Policy, TierPolicy
from counterseal.documents.spec import ModelSpec
from counterseal.documents.waiver import Waiver
from counterseal.values import strict_yaml
from counterseal.values.finding import Finding, Refused
from counterseal.verification.areas import area_of
from counterseal.verification.judgement import check_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from counterseal.documents.trust import Trust
    from pipelines.data.material import Material

    Read = Callable[[str], bytes | None]
    ReadData = Callable[[str], Material | None]

_POLICIES: dict[str, type[Policy | TierPolicy | DriftPolicy]] = {
    kind.KIND: kind for kind in (Policy, TierPolicy, DriftPolicy)
}


def findings(read: Read, paths: Iterable[str], data: ReadData | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with the documents among some paths; ``read`` gives a file's bytes, ``data`` a data file."""
    found: list[Finding] = []
    for path in sorted(paths):
        try:
            found += _of_path(read, path, data or read)
        except Refused as refusal:
            found += refusal.findings
    return tuple(dict.fromkeys(found))


def drift(read: Read, trust: Trust) -> tuple[Finding, ...]:
    """Return a finding if CODEOWNERS is not the one that the trust gives."""
    if read(places.CODEOWNERS) == codeowners.render(trust):
        return ()
    expected, mend = (
        "the owners that policies/trust gives",
        "take the file from main, or compile it with the trust change",
    )
    return (Finding("CODEOWNERS_DRIFT", places.CODEOWNERS, expected, "other text", mend),)


def check_model(read: Read, model: str) -> tuple[Finding, ...]:
    """Return what is wrong with a model's spec, its dataset and, where it is at hand, the data."""
    return findings(read, [places.spec(model)])


def _of_path(read: Read, path: str, data: ReadData) -> Iterator[Finding]:
    area_of(path)
    content = read(path)
    if content is None:
        return
    if path.startswith("model_specs/"):
        yield from _model(read, path, content, data)
    elif path.startswith("datasets/") and path.endswith("/dataset.yaml"):
        Dataset.read(content, path)
    elif path.startswith(f"{places.RULE_FOLDER}/") and path.endswith("/policy.yaml"):
        yield from _policy(path, content)
    elif path.startswith(f"{places.WAIVERS}/"):
        Waiver.read(content, path)


def _model(read: Read, path: str, content: bytes, data: ReadData) -> Iterator[Finding]:
    source = strict_yaml.load(content, path)
    spec = validate(ModelSpec, source)
    name = spec.metadata.name
    if path != places.spec(name):
        yield Finding(
            "NAME_MISMATCH", source.at(("metadata", "name")), path, name, "a spec's file is called as the model"
        )
        return
    at = places.dataset(spec.spec.dataset)
    described = read(at)
    if described is None:
        where = source.at(("spec", "dataset"))
        yield Finding("MISSING_FILE", where, at, "no such file", "describe the dataset, or correct its name")
        return
    dataset = Dataset.read(described, at)
    at_hand = data(places.dataset(spec.spec.dataset, dataset.spec.file))
    yield from _fit(name, content, described, at_hand, source)


def _fit(
    name: str, spec: bytes, dataset: bytes, data: Material | None, source: strict_yaml.Source
) -> Iterator[Finding]:
    """Yield what the pipeline would refuse at once; without the data, what can be told from the documents."""
    from pipelines import proposal, study

    if data is not None:
        study.read({"spec": spec, "dataset": dataset, "data": data}, name)
    else:
        yield from proposal.findings(validate(ModelSpec, source).spec, source)


def _policy(path: str, data: bytes) -> Iterator[Finding]:
    source = strict_yaml.load(data, path)
    kind = source.value.get("kind") if isinstance(source.value, dict) else None
    yield from check_policy(validate(_POLICIES.get(str(kind), Policy), source), path)
