"""Whatever touches a file of a model has the model judged again; nothing comes along that no judgement accounts for."""

from __future__ import annotations

import zlib
from contextlib import closing
from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import CountersealError
from counterseal.verification.objects import MAX_BLOB
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.world import World

APPROVALS = places.approvals(MODEL)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


@pytest.fixture(scope="module")
def held(live_template: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A company whose main never moves here: everything is refused."""
    with closing(live_template.copy_to(tmp_path_factory.mktemp("held") / "company")) as company:
        yield company


def brought(world: World, path: str, data: bytes | None) -> str:
    """Return the code by which the gate refuses a change of one file by a trusted person."""
    world.commit("odd", {path: data}, "dana", base=world.main)
    with pytest.raises(CountersealError) as refusal:
        world.push(places.MAIN, world.merge_of("odd"))
    return str(getattr(refusal.value, "code", "GIT"))


@pytest.mark.parametrize(
    "path",
    [
        places.spec(MODEL),
        places.entry(MODEL),
        places.card(MODEL),
        places.bom(MODEL),
        places.model_file(MODEL, "model.json"),
        places.model_file(MODEL, "golden.json"),
        places.statement(MODEL, "audit"),
        places.link(MODEL, "train"),
    ],
)
@pytest.mark.parametrize("data", [None, POINTER], ids=["gone", "a pointer"])
def test_every_file_of_a_model_is_held(held: World, path: str, data: bytes | None) -> None:
    assert brought(held, path, data) in {"TREE_NOT_LIVE", "ENTRY_MISSING", "YAML_SYNTAX", "INVALID_VALUE", "YAML_ROOT"}


def test_every_figure_is_held(held: World) -> None:
    figure = next(path for path in Tree(held.git, held.main).files(f"registry/{MODEL}") if path.endswith(".svg"))
    assert brought(held, figure, b"<svg/>") == "TREE_NOT_LIVE"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"registry/{MODEL}/notes.txt", "TREE_NOT_LIVE"),
        (f"registry/{MODEL}/.gitattributes", "TREE_NOT_LIVE"),
        (f"registry/{MODEL}/model/more.json", "TREE_NOT_LIVE"),
        (f"attestations/{MODEL}/more.link", "TREE_NOT_LIVE"),
        (f"attestations/{MODEL}/deep/more.link", "TREE_NOT_LIVE"),
        (f"{APPROVALS}/deep/alice.yaml", "TREE_NOT_LIVE"),
        (f"{APPROVALS}/notes.txt", "APPROVAL_NAME"),
        (f"{APPROVALS}/alice.yaml", "UNSIGNED"),
        (f"{APPROVALS}/zoe.yaml", "UNSIGNED"),
        ("registry/other/approvals/alice.yaml", "NOTHING_TO_RETIRE"),
        ("registry/.gitattributes", "UNKNOWN_PATH"),
        ("model_specs/.gitattributes", "UNKNOWN_PATH"),
        (f"model_specs/deep/{MODEL}.yaml", "ENTRY_MISSING"),
        ("attestations/notes.txt", "UNKNOWN_PATH"),
        ("sbom/notes.txt", "UNKNOWN_PATH"),
        (f"sbom/{MODEL}", "UNKNOWN_PATH"),
        (f"sbom/{MODEL}.vex", "UNKNOWN_PATH"),
        (f"sbom/{MODEL}.vex.cdx.json", "UNKNOWN_PATH"),
        (f"sbom/deep/{MODEL}.cdx.json", "ENTRY_MISSING"),
        ("datasets/german-credit/.gitattributes", "RAW_DATA"),
        (f"registry/{MODEL.upper()}/entry.yaml", "CASE_COLLISION"),
        (f"registry/{MODEL}/card.md", "CASE_COLLISION"),
        ("registry/" + "x" * 200, "PATH_CHARACTERS"),
        (f"registry/{MODEL}/\N{CYRILLIC SMALL LETTER A}.md", "PATH_CHARACTERS"),
        (f"registry/{MODEL}/a\\b", "PATH_CHARACTERS"),
        (f"registry/{MODEL}/-rf", "PATH_CHARACTERS"),
        ("elsewhere/x.txt", "UNKNOWN_PATH"),
        ("policies/rules/.gitattributes", "RULE_DIGEST"),
        ("policies/layouts/.gitattributes", "MIXED_AREAS"),
        ("policies/trust/.gitattributes", "TRUST_STEP"),
        ("policies/waivers/.gitattributes", "MISSING_FIELD"),
        (".gitattributes", "QUORUM"),
        ("docs/.gitattributes", "QUORUM"),
        (".gitmodules", "QUORUM"),
    ],
)
def test_nothing_lies_beside_what_is_accounted_for(held: World, path: str, code: str) -> None:
    assert brought(held, path, b"odd: true\n") == code


def test_a_pointer_is_no_data_nor_is_what_is_too_large_to_read(live: World) -> None:
    loans = {path: data for path, data in acts.loans().items() if path.startswith("datasets/")}
    path = places.dataset("loans", "loans.csv")
    for data in (POINTER, b"0" * (MAX_BLOB + 1)):
        live.commit("data", {**loans, path: data}, "dana")
        with refused("RAW_DATA"):
            live.push(places.MAIN, live.merge_of("data"))
    live.commit("data", {**loans}, "dana")
    assert live.push(places.MAIN, live.merge_of("data"))


@pytest.mark.parametrize("path", ["datasets/german-credit/people.csv", "datasets/none/people.csv"])
def test_data_that_was_in_one_commit_would_stay_in_git(live: World, path: str) -> None:
    """Added, and taken out again before the merge: the tree is clean, the history is not."""
    live.commit("docs", {path: b"name,born\n"}, "dana")
    live.commit("docs", {path: None, "docs/x.md": b"x\n"}, "dana")
    with refused("RAW_DATA") as refusal:
        live.push(places.MAIN, live.merge_of(acts.approve_change(live, "docs", "mia")))
    assert "would stay in Git" in str(refusal.value)
    live.commit("clean", {"docs/x.md": b"x\n"}, "dana")
    assert live.push(places.MAIN, live.merge_of(acts.approve_change(live, "clean", "mia")))


def test_public_data_may_come_and_go(live: World) -> None:
    loans = {path: data for path, data in acts.loans().items() if path.startswith("datasets/")}
    data = places.dataset("loans", "loans.csv")
    live.commit("data", {**loans, data: b"a first try\n"}, "dora")
    live.commit("data", {data: loans[data]}, "dora")
    assert live.push(places.MAIN, live.merge_of("data"))


def test_a_file_too_large_to_read_is_no_file_of_a_proof(live: World) -> None:
    branch = acts.ready(live, 2)
    live.commit(branch, {places.model_file(MODEL, "model.json"): b" " * (MAX_BLOB + 1)}, by=None)
    with refused("MISSING_FILE"):
        live.push(places.MAIN, live.merge_of(branch))


def test_a_tree_without_end_is_refused(world: World) -> None:
    """As a disk would be filled: written as loose objects, for no command makes such a tree."""

    def write(kind: str, content: bytes) -> str:
        whole = f"{kind} {len(content)}\0".encode() + content
        oid = sha1(whole, usedforsecurity=False).hexdigest()
        path = world.forge / "objects" / oid[:2] / oid[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(whole))
        return oid

    blob = write("blob", b"x")
    tree = write("tree", b"100644 x\0" + bytes.fromhex(blob))
    for _ in range(1000):
        tree = write("tree", b"40000 d\0" + bytes.fromhex(tree))
    world.put("deep", write_commit(world.git, tree, [world.main], "Deep", world.committer("dana")))
    with pytest.raises(CountersealError):
        world.push(places.MAIN, world.merge_of("deep"))


def test_approvals_alone_change_nothing_that_serves(live: World) -> None:
    branch = acts.put_approval(live, "more", "anna", "retire", APPROVALS, model=MODEL, **{"from": 7})
    assert branch
    live.push(places.MAIN, live.merge_of("more"))
    assert live.record().promotions == ()
    assert acts.served(live).number == 1
