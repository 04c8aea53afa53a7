"""OpenSSH and git themselves, on everything that people of a real company signed, and on the same with a byte changed.

docs/VERIFY_BY_HAND.md checks a promotion's approvals, trust files and genesis by the trust; here the question is only
whether each signature of ours is one that ``ssh-keygen -Y verify`` and ``git verify-commit`` take.
"""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from counterseal.crypto.sealed import open_sealed
from counterseal.crypto.sshsig import GIT_NAMESPACE, NAMESPACE
from counterseal.documents import places
from counterseal.documents.approval import file_name
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from scripts.repository.evidence import CI
from scripts.upstream.ssh import allowed_signers
from tests.support.world import MODEL, World
from tests.upstream.folder import Folder, flip
from tests.upstream.readme import OPENSSH, commands, typed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def signers(promoted: World, tmp_path: Path) -> Path:
    """The allowed signers of a company, as an export has them."""
    people = promoted.trust.spec.people
    path = tmp_path / "allowed_signers"
    path.write_bytes(allowed_signers({name: person.keys for name, person in people.items()}))
    return path


def holds(signers: Path, person: str, armour: str, body: bytes, namespace: str = NAMESPACE) -> bool:
    """Ask ssh-keygen about one signature."""
    signature = signers.with_name("signature")
    signature.write_text(armour)
    options = ("-f", str(signers), "-I", person, "-n", namespace, "-s", str(signature))
    done = subprocess.run(["ssh-keygen", "-Y", "verify", *options], input=body, capture_output=True, check=False)
    assert done.returncode in {0, 255}, done.stderr
    return done.returncode == 0


def signed_documents(world: World) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Return every document that people signed: where, its body, person → signature."""
    main = Tree(world.git, world.main)
    folders = (places.TRUST_FOLDER, places.approvals(MODEL), places.RULES_APPROVALS)
    for path, data in main.contents(*folders).items():
        sealed = open_sealed(data, path)
        yield path, sealed.body, dict(sealed.signatures)
    genesis = json.loads(Tree(world.git, world.promotions).need(places.record(0)))
    yield places.record(0), base64.b64decode(genesis["payload"]), genesis["sshSignatures"]


def test_everything_people_signed_is_taken_and_no_other_byte_is(promoted: World, signers: Path) -> None:
    found = list(signed_documents(promoted))
    assert {path for path, _, _ in found} == {
        places.trust(1),
        places.record(0),
        *(f"{places.approvals(MODEL)}/{name}.yaml" for name in ("alice", "bob")),
    }
    for path, body, signatures in found:
        assert signatures, path
        for person, armour in signatures.items():
            assert holds(signers, person, armour, body), f"{path} by {person}"
            assert not holds(signers, person, armour, body[:-1] + b" "), path
            assert not holds(signers, "dora", armour, body), path
            assert not holds(signers, person, armour, body, GIT_NAMESPACE), path


def test_every_commit_of_a_person_is_taken_and_no_other(promoted: World, signers: Path) -> None:
    git = promoted.git
    found = dict(line.split(" ", 1) for line in git.run("log", "--format=%H %an", promoted.main).splitlines())
    assert CI.name in found.values()
    for commit, name in found.items():
        assert verified(git, signers, commit) == (name != CI.name), f"{commit} by {name}"


def test_a_commit_that_was_changed_or_is_not_signed_is_refused(promoted: World, signers: Path) -> None:
    git = promoted.git
    raw = subprocess.run(["git", "cat-file", "commit", "main"], cwd=git.folder, capture_output=True, check=True).stdout
    assert verified(git, signers, git.run("hash-object", "-t", "commit", "--stdin", data=raw))
    changed = git.run("hash-object", "-t", "commit", "-w", "--stdin", data=raw.replace(b"Merge", b"Forge", 1))
    assert not verified(git, signers, changed)
    unsigned = promoted.commit("proposal/unsigned", {"README.md": b"mine"}, None)
    assert not verified(git, signers, unsigned)
    signers.write_text(
        "".join(line for line in signers.read_text().splitlines(keepends=True) if not line.startswith("alice "))
    )
    assert not verified(git, signers, promoted.main), "alice merged, and is not listed"


def verified(git: Git, signers: Path, commit: str) -> bool:
    """Ask git about one commit."""
    settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}")
    done = git.attempt(*settings, "verify-commit", commit)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


def test_the_approvals_of_an_export_are_taken(export: Folder) -> None:
    done = typed(export.path, OPENSSH)
    assert done.returncode == 0
    assert [line.split()[4] for line in done.stdout.splitlines()] == ["alice", "bob"]


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_a_changed_approval_is_refused(export: Folder, person: str) -> None:
    flip(export.path / "approvals" / f"{person}.payload", 30)
    assert typed(export.path, OPENSSH).returncode != 0


def test_an_approval_by_another_is_refused(export: Folder) -> None:
    folder = export.path / "approvals"
    (folder / "alice.sig").write_bytes((folder / "bob.sig").read_bytes())
    (folder / "alice.payload").write_bytes((folder / "bob.payload").read_bytes())
    assert typed(export.path, OPENSSH).returncode != 0


def test_the_command_names_the_files_of_the_record(export: Folder) -> None:
    said = commands(export.path)[OPENSSH]
    names = {file_name(person, "promote").removesuffix(".yaml") for person in ("alice", "bob")}
    assert names == {path.stem for path in (export.path / "approvals").glob("*.sig")}
    assert all(f"{name}.payload" in said for name in names)
