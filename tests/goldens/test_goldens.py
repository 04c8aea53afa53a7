"""The formats of every document, pinned: a change of a format is a change of these files, and a reviewer sees it.

``pytest tests/goldens --update-goldens`` rewrites them.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto import dsse
from counterseal.documents import places, record
from counterseal.documents.advisories import Advisories
from counterseal.documents.approval import Approval
from counterseal.documents.baseline import Baseline
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import GENERATED, RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.layout import open_layout, open_link, verify_links
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.policy import DriftPolicy, Policy, Sample, Suite, TierPolicy
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.rules import Rules
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import PREDICATES, Statement
from counterseal.documents.trust import Roots, Trust
from counterseal.documents.trust_chain import follow
from counterseal.documents.waiver import Waiver
from counterseal.values import strict_json
from tests.goldens import examples
from tests.goldens.examples import MODEL, pem

if TYPE_CHECKING:
    from counterseal.documents.document import Document

FOLDER = Path(__file__).parent / "files"
FILES = examples.files()


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Return path → bytes of the committed goldens, rewritten first if that was asked for."""
    if request.config.getoption("--update-goldens"):
        for old in (path for path in FOLDER.rglob("*") if path.is_file()):
            old.unlink()
        for path, content in FILES.items():
            (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / path).write_bytes(content)
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}


def test_one_golden_for_each_document(kept: dict[str, bytes]) -> None:
    assert sorted(kept) == sorted(FILES)


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_document_has_the_bytes_it_had(kept: dict[str, bytes], path: str) -> None:
    assert FILES[path].decode() == kept[path].decode()


def test_they_are_made_the_same_twice() -> None:
    assert examples.files() == FILES


PLAIN: dict[str, type[Document]] = {
    places.RULES: Rules,
    places.PIPELINE: Pipeline,
    places.dataset(MODEL): Dataset,
    places.spec(MODEL): ModelSpec,
    places.rule("quality", "policy.yaml"): Policy,
    places.rule("quality", "suite.yaml"): Suite,
    places.rule("quality", "samples/good.yaml"): Sample,
    places.rule("tier", "policy.yaml"): TierPolicy,
    places.rule("drift", "policy.yaml"): DriftPolicy,
    f"{places.WAIVERS}/low-auc.yaml": Waiver,
    "roots.yaml": Roots,
}
JSON: dict[str, type[Document]] = {
    places.model_file(MODEL, "baseline.json"): Baseline,
    places.model_file(MODEL, "golden.json"): Golden,
    places.ADVISORIES: Advisories,
}


@pytest.mark.parametrize("path", sorted(PLAIN))
def test_what_people_write_reads_back(path: str) -> None:
    assert PLAIN[path].read(FILES[path], path).write() == FILES[path]


@pytest.mark.parametrize("path", sorted(JSON))
def test_what_machines_write_reads_back(path: str) -> None:
    assert JSON[path].read_json(FILES[path], path).write_json() == FILES[path]


def test_the_model_and_the_entry_read_back() -> None:
    path = places.model_file(MODEL, "model.json")
    assert PortableModel.read(FILES[path], path).write() == FILES[path]
    path = places.entry(MODEL)
    assert GENERATED + RegistryEntry.read(FILES[path], path).write() == FILES[path]


def test_the_model_answers_as_its_golden_rows_say() -> None:
    model = PortableModel.read(FILES[places.model_file(MODEL, "model.json")], "model.json")
    assert Golden.read_json(FILES[places.model_file(MODEL, "golden.json")], "g").mismatches(model, "g") == ()


def test_the_trust_follows_from_its_roots() -> None:
    roots = Roots.read(FILES["roots.yaml"], "roots.yaml")
    chain = follow([(places.trust(n), FILES[places.trust(n)]) for n in (1, 2)], roots)
    assert [version.spec.version for version in chain] == [1, 2]


def test_every_approval_carries_its_persons_signature() -> None:
    trust = Trust.open(FILES[places.trust(1)], "trust")[0]
    paths = [path for path in FILES if places.is_approval(path)]
    for path in paths:
        approval, sealed = Approval.open(FILES[path], path)
        assert list(sealed.signers(trust.keys_of(trust.spec.people))) == [approval.metadata.name]
    decisions = {Approval.open(FILES[path], path)[0].spec.decision for path in paths}
    assert decisions == {"promote", "reject", "restore", "retire", "rules", "code", "waivers"}


def test_the_evidence_holds_together() -> None:
    run = examples.scope("train").run
    layout = next(path for path in FILES if path.startswith(places.LAYOUTS))
    links = {step: open_link(FILES[places.link(MODEL, step)], (pem("ci"),), step, step) for step in PREDICATES}
    verify_links(open_layout(FILES[layout], (pem("layout"),), layout), links, run, layout)
    for step, kind in PREDICATES.items():
        path = places.statement(MODEL, step)
        statement = Statement.open(FILES[path], [pem("ci")], path)
        assert statement.predicateType == kind
        assert statement.scope(path) == examples.scope(step)


def test_the_log_reads_back() -> None:
    trust = Trust.open(FILES[places.trust(1)], "trust")[0]
    previous = None
    for number in range(5):
        path = places.record(number)
        if number == 0:
            promotion = record.open_genesis(FILES[path], trust.roots(), path)
        else:
            promotion = record.read_promotion(dsse.open_bundle(FILES[path], [pem("promoter")], path), path)
        assert (promotion.number, promotion.previous) == (number, previous)
        previous = record.digest_of(FILES[path])
    head = record.Head.open(FILES[places.HEAD_FILE], (pem("promoter"),), places.HEAD_FILE)
    assert (head.number, head.record) == (4, previous)


def payload(content: bytes) -> Any:
    value = strict_json.loads(content, "golden")
    return strict_json.loads(base64.b64decode(value.get("dsseEnvelope", value)["payload"]), "payload")


def test_the_log_id_stands_in_every_payload_of_ours() -> None:
    signed = [path for path, content in FILES.items() if b'"payload":' in content]
    assert len(signed) == 1 + 2 * len(PREDICATES) + 6
    for path in signed:
        if not path.endswith(".link"):  # a link's artifacts lie below its run, and the layout names the log
            assert examples.LOG_ID in strict_json.canonical(payload(FILES[path])).decode(), path
    for path, content in FILES.items():
        if b"signatures:\n" in content or path == places.RULES:
            assert f"log_id: {examples.LOG_ID}\n".encode() in content, path
