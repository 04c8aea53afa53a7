"""A model's proof in one tree: everything the entry names, checked before it is believed.

``verify_proof`` applies, in order:

* the exact set: the model's files are those the entry owns, each with its digest, none more, none less;
* the layout: filed under the digest the entry names, of the pipeline and the keys that judge;
* links: signed, of their step, run-scoped, with artifacts as the layout has them and as the files really are;
* Statements: signed, of their step's predicate type, about these files, in this scope;
* golden rows: the model's bytes give the answers written down for them;
* the champion: the entry replaces what it must, and what the evaluate step compared with is what serves by that;
* CARD and BOM repeat what the evaluate Statement says, and the entry, built again, has the same bytes.

Nothing of ours is parsed before its digest or signature held, and the bytes parsed are the bytes checked.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.baseline import Baseline
from counterseal.documents.card import card
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.layout import artifacts, open_link, verify_links
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.rules import run_id
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import CYCLONEDX, EXTENSION, PREDICATES, Scope, Statement
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, refuse
from counterseal.verification.champion import check_compared
from counterseal.verification.judgement import tier_of
from counterseal.verification.trustline import check_layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.pipeline import Pipeline
    from counterseal.documents.policy import TierPolicy
    from counterseal.documents.trust import Trust
    from counterseal.verification.tree import Tree


@dataclass(frozen=True)
class Proof:
    """What a verified proof says; ``model`` was read from ``model_json``, ``evidence`` is what policies read."""

    entry: RegistryEntry
    digest: str
    spec: ModelSpec
    dataset: Dataset
    model_json: bytes
    model: PortableModel
    baseline: Baseline
    golden: Golden
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Judge:
    """By what a proof is checked: a trust, the pipeline of its code, how tiers are computed, what it must replace.

    ``replaces`` is a number, ``champion`` the SHA-256 of the model that serves by it (``champion.NOBODY`` for none).
    """

    trust: Trust
    pipeline: Pipeline
    tier: TierPolicy
    replaces: int
    champion: str


def _model_json(model: str) -> str:
    return places.model_file(model, "model.json")


#: What each step's Statement must at least be about.
_SUBJECTS = {
    "validate": (places.spec,),
    "train": (_model_json,),
    "evaluate": (_model_json,),
    "bom": (places.bom, _model_json),
    "audit": (places.bom,),
}


def model_files(tree: Tree, model: str) -> dict[str, bytes]:
    """Return the files that belong to a model's proof, the entry among them, approvals and VEX not."""
    files = tree.contents(*places.of_model(model))
    owned = entry.owned_paths(model, dict.fromkeys(files, ""))
    return {path: files[path] for path in files if path in owned or path == places.entry(model)}


def verify_proof(tree: Tree, model: str, judge: Judge) -> Proof:
    """Check a model's proof; raise Refused at the first thing that does not hold."""
    where = places.entry(model)
    raw = tree.need(where, "run the pipeline: `counterseal run`")
    found = tree.document(RegistryEntry, where)
    files = model_files(tree, model)
    digests = {path: sha256(content) for path, content in files.items()}
    _check_exact(model, digests, found, judge.pipeline)
    spec_bytes = _need(files, places.spec(model))
    spec = ModelSpec.read(spec_bytes, places.spec(model))
    dataset = _dataset(tree, spec, found)
    scope = _scope(model, spec, found, judge.trust, spec_bytes)
    statements = _statements(model, files, digests, scope, judge)
    links = _links(tree, model, files, found, dataset, judge)
    parts = _parts(model, files)
    owned = entry.owned_paths(model, digests)
    with _well_formed(where):
        evidence = _gathered(spec, dataset, statements)
        _check_replaces(found, judge)
        check_compared(model, links, evidence["evaluation"]["comparison"], judge.champion)
        _check_derived(model, files, spec, dataset, evidence, parts)
        tier = tier_of(judge.tier, evidence["spec"]["facts"])
        rebuilt = entry.build(scope, tier, judge.replaces, evidence["evaluation"], owned)
    if rebuilt != raw:
        raise _not_rebuilt(where, f"the entry built again (tier {tier})", f"other bytes (tier {found.spec.tier})")
    return Proof(found, sha256(raw), spec, dataset, files[_model_json(model)], *parts, evidence)


@contextmanager
def _well_formed(where: str) -> Iterator[None]:
    """Refuse Statements that lack what is derived from them, whatever it is that they lack."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        found = f"{type(error).__name__}: {error}".splitlines()[0]
        raise refuse("EVIDENCE_FORM", where, "Statements with every field they need", found) from error


def _known(model: str, pipeline: Pipeline) -> set[str]:
    """Return every path that a proof may have."""
    steps = [step.name for step in pipeline.spec.steps]
    papers = {places.spec(model), places.bom(model), places.card(model)}
    papers |= {places.model_file(model, name) for name in places.MODEL_FILES}
    papers |= {places.figure(model, name) for name in card.FIGURES}
    return papers | {path(model, step) for step in steps for path in (places.link, places.statement)}


def _check_exact(model: str, digests: Mapping[str, str], found: RegistryEntry, pipeline: Pipeline) -> None:
    where = places.entry(model)
    own = {path: digest for path, digest in digests.items() if path != where}
    if unknown := sorted(set(own) - _known(model, pipeline)):
        raise refuse("NOT_EXACT_SET", where, "the files of a proof", unknown[0], "remove what does not belong there")
    if odd := sorted(set(own) ^ set(found.spec.owned)):
        got = f"{odd[0]} {'without being named' if odd[0] in own else 'missing'}"
        raise refuse("NOT_EXACT_SET", where, "exactly the files it names", got, "remove what does not belong there")
    for path, digest in own.items():
        if digest != found.spec.owned[path]:
            mend = "restore the file, or run the pipeline again"
            raise refuse("DIGEST", path, found.spec.owned[path][:16], digest[:16], mend)


def _dataset(tree: Tree, spec: ModelSpec, found: RegistryEntry) -> Dataset:
    where = places.dataset(spec.spec.dataset)
    data = tree.need(where)
    if sha256(data) != found.spec.materials.dataset:
        mend = "every model that learns from it must be made again in the same change"
        raise refuse("DATASET_NOT_OF_TREE", where, found.spec.materials.dataset[:16], sha256(data)[:16], mend)
    return tree.document(Dataset, where)


def _scope(model: str, spec: ModelSpec, found: RegistryEntry, trust: Trust, spec_bytes: bytes) -> Scope:
    materials = found.spec.materials
    digest = sha256(spec_bytes)
    run = run_id(digest, materials.dataset, materials.code)
    if spec.metadata.name != model or found.metadata.name != model:
        raise refuse("MODEL_NAME", places.entry(model), model, f"{spec.metadata.name} and {found.metadata.name}")
    return Scope(
        log_id=trust.spec.log_id,
        model=model,
        version=spec.spec.version,
        step="record",
        run=run,
        spec=digest,
        materials=materials,
    )


def _statements(
    model: str, files: Mapping[str, bytes], digests: Mapping[str, str], scope: Scope, judge: Judge
) -> dict[str, Statement]:
    found = {}
    for step in judge.pipeline.spec.steps:
        where = places.statement(model, step.name)
        statement = Statement.open(_need(files, where), judge.trust.machine_keys(step.role), where)
        if statement.predicateType != PREDICATES.get(step.name):
            raise refuse("PREDICATE_TYPE", where, PREDICATES.get(step.name, "none"), statement.predicateType[:80])
        expected = scope.model_copy(update={"step": step.name})
        if statement.scope(where) != expected:
            raise refuse("SCOPE", where, f"{model} version {scope.version}, run {scope.run[:12]}", "another scope")
        _check_subjects(statement, digests, model, step.name)
        found[step.name] = statement
    return found


def _check_subjects(statement: Statement, digests: Mapping[str, str], model: str, step: str) -> None:
    where = places.statement(model, step)
    for path, digest in statement.digests().items():
        if path not in digests or digests[path] != digest:
            raise refuse("SUBJECT_DIGEST", where, f"a Statement about the {path} of this proof", "about another")
    required = {path(model) for path in _SUBJECTS.get(step, ())}
    if missing := sorted(required - set(statement.digests())) or not required:
        raise refuse("SUBJECT", where, f"a Statement about {', '.join(sorted(required))}", f"not about {missing}")


def _links(
    tree: Tree, model: str, files: Mapping[str, bytes], found: RegistryEntry, dataset: Dataset, judge: Judge
) -> dict[str, dict[str, str]]:
    """Check the links; return what each step took and made, artifact → SHA-256."""
    materials = found.spec.materials
    layout = check_layout(tree, materials.layout, judge.pipeline, judge.trust)
    links = {}
    for step in judge.pipeline.spec.steps:
        path = places.link(model, step.name)
        links[step.name] = open_link(_need(files, path), judge.trust.machine_keys(step.role), path, step.name)
    verify_links(layout, links, found.spec.run, f"attestations/{model}/")
    real = artifact_digests(model, files, dataset.spec.fingerprint, found)
    told = {name: artifacts(link, found.spec.run) for name, link in links.items()}
    for name, digests in told.items():
        for artifact, digest in digests.items():
            if artifact in real and real[artifact] != digest:
                raise refuse("LINK_DIGEST", places.link(model, name), f"the {artifact} of this proof", "another")
    return told


def artifact_digests(model: str, files: Mapping[str, bytes], data: str, found: RegistryEntry) -> dict[str, str]:
    """Return artifact → SHA-256 of what a proof's links must name."""
    paths = {
        "spec": places.spec(model),
        "baseline": places.model_file(model, "baseline.json"),
        "model": places.model_file(model, "model.json"),
        "golden": places.model_file(model, "golden.json"),
        "bom": places.bom(model),
        "validation": places.statement(model, "validate"),
        "provenance": places.statement(model, "train"),
        "evaluation": places.statement(model, "evaluate"),
        "findings": places.statement(model, "audit"),
    }
    materials = found.spec.materials
    real = {name: sha256(_need(files, path)) for name, path in paths.items()}
    return real | {"dataset": materials.dataset, "data": data, "lock": materials.code.lock}


def _parts(model: str, files: Mapping[str, bytes]) -> tuple[PortableModel, Baseline, Golden]:
    at = {name: places.model_file(model, name) for name in places.MODEL_FILES}
    portable = PortableModel.read(_need(files, at["model.json"]), at["model.json"])
    baseline = Baseline.read_json(_need(files, at["baseline.json"]), at["baseline.json"])
    golden = Golden.read_json(_need(files, at["golden.json"]), at["golden.json"])
    if mismatches := golden.mismatches(portable, at["golden.json"]):
        raise Refused(*mismatches)
    return portable, baseline, golden


def _gathered(spec: ModelSpec, dataset: Dataset, statements: Mapping[str, Statement]) -> dict[str, Any]:
    audit = statements["audit"].predicate
    outer = {"unknown", "scanned_components"} & set(audit[EXTENSION])
    return {
        "spec": spec.plain()["spec"],
        "dataset": dataset.plain()["spec"],
        "validation": _measured(statements["validate"]),
        "evaluation": _measured(statements["evaluate"]),
        "bom": statements["bom"].predicate,
        "findings": {
            **audit["scanner"],
            **{name: audit[EXTENSION][name] for name in outer},
            "scanned": audit["metadata"]["scanFinishedOn"],
        },
    }


def _measured(statement: Statement) -> dict[str, Any]:
    return {**statement.predicate[EXTENSION]["measures"], "result": statement.predicate["result"]}


def _check_replaces(found: RegistryEntry, judge: Judge) -> None:
    """Refuse an entry that another promotion has overtaken, before anything else it says is taken for odd."""
    if found.spec.replaces != judge.replaces:
        expected, got = (f"an entry that replaces {number}" for number in (judge.replaces, found.spec.replaces))
        raise _not_rebuilt(places.entry(found.metadata.name), expected, got)


def _not_rebuilt(where: str, expected: str, found: str) -> Refused:
    return refuse("ENTRY_NOT_REBUILT", where, expected, found, "run the pipeline again on the newest main")


def _check_derived(
    model: str,
    files: Mapping[str, bytes],
    spec: ModelSpec,
    dataset: Dataset,
    evidence: Mapping[str, Any],
    parts: tuple[PortableModel, Baseline, Golden],
) -> None:
    bom = places.bom(model)
    if strict_json.loads(_need(files, bom), bom) != evidence["bom"]:
        raise refuse("BOM_DIFFERS", bom, f"the BOM in the Statement ({CYCLONEDX})", "another")
    if card.render(spec, dataset, evidence["evaluation"], evidence["bom"]) != _need(files, places.card(model)):
        raise refuse("CARD_DIFFERS", places.card(model), "the card that the evidence gives", "another")
    drawn = {places.figure(model, name) for name in card.FIGURES} & set(files)
    if odd := sorted(drawn ^ {places.figure(model, name) for name in card.figures(evidence["evaluation"])}):
        raise refuse("NOT_EXACT_SET", places.entry(model), "the figures that the card shows", odd[0])
    portable = parts[0]
    if (portable.model, portable.version) != (model, spec.spec.version):
        found = f"{portable.model} {portable.version}"
        raise refuse("MODEL_NAME", places.model_file(model, "model.json"), f"{model} {spec.spec.version}", found)


def _need(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise refuse("MISSING_FILE", path, "a file of the proof", "none", "run the pipeline again")
    return files[path]
