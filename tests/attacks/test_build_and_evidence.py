"""Attacks on what is built, and on what is said of it: borrowed, forged, missing or poisoned evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.layout import sign_layout
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.statement import EXTENSION
from counterseal.values.digest import sha256
from counterseal.values.finding import Verdict
from counterseal.verification import rulebook
from counterseal.verification.evidence import model_files
from counterseal.verification.judgement import judge
from counterseal.verification.tree import Tree
from pipelines import lock, study
from tests.attacks import forging, workflows
from tests.attacks.forging import EVIL, NEXT, beside, forged, landed, named
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.attacks.attack import Attack
    from tests.support.world import World

TRAIN, EVALUATE = places.link(MODEL, "train"), places.statement(MODEL, "evaluate")


def tried(world: World, files: dict[str, bytes | None], **facts: Any) -> None:
    """Push a forged proof at the gate."""
    acts.merge(world, beside(world, forged(world, files, **facts), by="dora"))


def test_05_mix_and_match(attack: Attack, ready: World) -> None:
    with attack.refused("SCOPE"):
        tried(ready, {EVALUATE: ready.read(EVALUATE)})
    with attack.refused("LINK_RULES"):
        tried(ready, {TRAIN: ready.read(TRAIN)})
    path = places.model_file(MODEL, "model.json")
    with attack.refused("SUBJECT_DIGEST"):
        tried(ready, {path: ready.read(path)})
    attack.control(landed(ready))


def test_07_wrong_artifact_for_a_name(attack: Attack, ready: World) -> None:
    branch = acts.ready_loans(ready)
    proof = model_files(Tree(ready.git, ready.tip(branch)), "loans")
    theirs = {path.replace("loans", MODEL): data for path, data in proof.items()}
    materials = RegistryEntry.read(proof[places.entry("loans")], "entry").spec.materials
    theirs[places.entry(MODEL)] = named(theirs, replaces=1, materials=materials)
    gone = dict.fromkeys(model_files(Tree(ready.git, ready.main), MODEL))
    with attack.refused("MODEL_NAME"):
        acts.merge(ready, beside(ready, {**gone, **theirs}, base=branch))
    attack.control(landed(ready, branch))
    facts = acts.record(ready, 2).model_dump(exclude={"number", "previous", "time", "model"})
    acts.write_record(ready, **facts, model=MODEL)
    attack.found(*(line.findings[0].code for line in acts.history(ready).lines if line.then is not Verdict.PASS))
    assert acts.served(ready).number == 1


def test_22_build_from_elsewhere(attack: Attack, ready: World) -> None:
    materials = RegistryEntry.read(ready.read(places.entry(MODEL), NEXT), "entry").spec.materials
    dirty = materials.model_copy(update={"code": materials.code.model_copy(update={"pipelines": "0" * 64})})
    with attack.refused("CODE_NOT_NAMED_BY_RULES"):
        tried(ready, {}, materials=dirty)

    def fork(statement: Any) -> None:
        statement["predicate"][EXTENSION]["scope"]["materials"]["code"]["pipelines"] = "0" * 64

    with attack.refused("SCOPE"):
        tried(ready, {EVALUATE: forging.statement(ready, "evaluate", fork)})
    data = places.dataset(MODEL)
    ready.put(EVIL, ready.tip(NEXT))
    ready.commit(EVIL, {data: ready.read(data) + b"# another word\n"}, "dana")
    with attack.refused("DATASET_NOT_OF_TREE"):
        acts.merge(ready, EVIL)
    attack.control(landed(ready))


def test_23_forged_provenance(attack: Attack, ready: World) -> None:
    forgeries: tuple[tuple[str, dict[str, bytes | None]], ...] = (
        ("UNKNOWN_KEY", {EVALUATE: forging.statement(ready, "evaluate", lambda _: None, "promoter")}),
        ("BAD_SIGNATURE", {EVALUATE: ready.read(EVALUATE, NEXT).replace(b'"sig": "ME', b'"sig": "MF')}),
        ("PREDICATE_TYPE", {EVALUATE: ready.read(places.statement(MODEL, "audit"), NEXT)}),
        ("LINK_NAME", {TRAIN: ready.read(places.link(MODEL, "validate"), NEXT)}),
        ("LINK_FORM", {TRAIN: smuggled(ready)}),
        ("MISSING_FILE", {places.link(MODEL, "validate"): None}),
        ("LINK_RULES", {TRAIN: forging.link(ready, "train", skipped)}),
    )
    for code, files in forgeries:
        with attack.refused(code):
            tried(ready, files)
    attack.control(landed(ready))


def smuggled(world: World) -> bytes:
    """Return a layout in a link's place: in-toto would verify it as a step, and run its inspections."""
    pipeline = Pipeline.read(world.read(places.PIPELINE), places.PIPELINE)
    return sign_layout(acts.layout_payload(world, pipeline), world.signer("ci"))


def skipped(link: Any) -> None:
    """Bend a link so that it took something that no step before it made."""
    name = next(name for name in link["materials"] if name.endswith("/data"))
    link["materials"][name]["sha256"] = "0" * 64


PWNED = """\
name: pwned
on:
  pull_request_target:
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    permissions:
      contents: write
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo "${{ github.event.pull_request.title }}" && make test
"""


def test_24_pwn_request(attack: Attack, tmp_path: Path) -> None:
    planted(tmp_path)
    attack.found(*({"dangerous-triggers", "template-injection"} & set(workflows.found(tmp_path))))
    attack.control(not workflows.found(workflows.OURS))


def planted(folder: Path) -> None:
    """Write a workflow that gives a stranger's code a token."""
    path = folder / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text(PWNED)


def test_25_poisoned_cache(attack: Attack, ready: World) -> None:
    files = acts.loans()
    materials = {
        "spec": files[places.spec("loans")],
        "dataset": files[places.dataset("loans")],
        "data": files[places.dataset("loans", "loans.csv")],
    }
    attack.control(study.read(materials, "loans").training.rows)
    poisoned = materials["data"].replace(b",1\n", b",0\n", 1)
    with attack.refused("FINGERPRINT_MISMATCH"):
        study.read(materials | {"data": poisoned}, "loans")
    with attack.refused("LINK_RULES"):
        tried(ready, {TRAIN: forging.link(ready, "train", skipped)})

    def swapped(link: Any) -> None:
        name = next(name for name in link["products"] if name.endswith("/findings"))
        link["products"][name]["sha256"] = "0" * 64

    with attack.refused("LINK_DIGEST"):
        tried(ready, {places.link(MODEL, "audit"): forging.link(ready, "audit", swapped)})
    attack.control(landed(ready))


def test_26_unpinned_dependency(attack: Attack, tmp_path: Path) -> None:
    digest = f"--hash=sha256:{sha256(b'')}"
    for text, code in (
        ("numpy==2.1.0\n", "LOCK_NO_HASH"),
        (f"numpy>=2 {digest}\n", "LOCK_SYNTAX"),
        (f"--extra-index-url https://example.org {digest}\n", "LOCK_SYNTAX"),
        (f"numpy==1 {digest}\nNumPy==2 {digest}\n", "LOCK_TWICE"),
    ):
        with attack.refused(code):
            lock.read(text.encode(), "requirements.lock")
    pins = lock.read(f"numpy==0.0.1 {digest}\n".encode(), "requirements.lock")
    with attack.refused("ENVIRONMENT_NOT_LOCKED"):
        lock.check(pins, {pin.name: lock.installed(pin) for pin in pins}, "requirements.lock")
    planted(tmp_path)
    attack.found(*({"unpinned-uses"} & set(workflows.found(tmp_path))))
    attack.control(lock.read((workflows.OURS.parents[1] / places.LOCK).read_bytes(), places.LOCK))


def test_27_missing_evidence(attack: Attack, ready: World) -> None:
    absent = beside(ready, {EVALUATE: None}, by="dora")
    with attack.refused("NOT_EXACT_SET"):
        acts.merge(ready, absent)
    with attack.refused("MISSING_FILE"):
        tried(ready, {EVALUATE: None})

    def unmeasured(statement: Any) -> None:
        del statement["predicate"][EXTENSION]["measures"]["quality"]

    with attack.refused("EVIDENCE_FORM"):
        tried(ready, forging.relinked(ready, {EVALUATE: forging.statement(ready, "evaluate", unmeasured)}))
    policies = rulebook.load(Tree(ready.git, ready.main)).policies
    attack.found(*{finding.code for finding in judge(policies, {}).findings("entry")})
    attack.found(*{finding.code for finding in judge({}, {}).findings("entry")})
    attack.control(landed(ready))
