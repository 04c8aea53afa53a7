"""Worlds further on: a second version waiting for signatures, for the promoter, and in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.trust import Trust
from counterseal.values.digest import sha256
from counterseal.verification.git import Git
from counterseal.verification.quorum import Asked, QuorumResult
from counterseal.verification.tree import Tree
from scripts.forge.genesis import Founders, founding_files
from scripts.init import MACHINES
from scripts.repository.changes import write_commit, write_tree
from scripts.signing.countersign import Answer, Question, approval
from tests.support.trust import Office
from tests.support.world import MODEL, once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


@pytest.fixture
def proposed(companies: Path, promoted: World, tmp_path: Path) -> World:
    """Version 2 by dana waits for signatures; version 1 serves."""

    def propose(folder: Path) -> World:
        fresh = promoted.copy_to(folder)
        fresh.prove(fresh.propose(2, threshold=0.45))
        return fresh

    return once(companies, "proposed", propose).copy_to(tmp_path / "proposed")


@pytest.fixture
def waiting(companies: Path, proposed: World, tmp_path: Path) -> World:
    """Version 2, countersigned by anna and bill, is merged, and nobody has recorded it."""

    def merge(folder: Path) -> World:
        fresh = proposed.copy_to(folder)
        fresh.approve(BRANCH, "anna", "bill")
        fresh.push(places.MAIN, fresh.merge_of(BRANCH))
        return fresh

    return once(companies, "waiting", merge).copy_to(tmp_path / "waiting")


@pytest.fixture
def twice(companies: Path, waiting: World, tmp_path: Path) -> World:
    """Version 2 serves as promotion 2, after version 1."""

    def record(folder: Path) -> World:
        fresh = waiting.copy_to(folder)
        fresh.record()
        return fresh

    return once(companies, "twice", record).copy_to(tmp_path / "twice")


@pytest.fixture
def alone(world: World, tmp_path: Path) -> Git:
    """A clone of a tree that is judged by itself (``log: none``), as the shipped example is; it has no models."""
    trust = Trust.of("1", world.trust.spec.model_copy(update={"log": "none"}))
    by = Founders({name: world.key(name) for name in ("rita", "rolf")}, {r: world.signer(r) for r in MACHINES})
    files = founding_files(Tree(world.git, world.main), trust, by)
    rules = files[places.RULES]
    assert rules is not None
    asked = Question(
        "rules", "rules", {"entry": sha256(rules)}, places.RULES_APPROVALS, QuorumResult(Asked(()), (), {}, ())
    )
    for person, role in (("alice", "owner"), ("bob", "risk")):
        answer = Answer(person, role, "Seen.", world.now, 14)
        path, data = approval(asked, answer, trust.spec.log_id, world.key(person))
        files[path] = data
    commit = write_commit(world.git, write_tree(world.git, world.main, files), [], "Example", world.committer("rita"))
    world.git.run("update-ref", "refs/heads/example", commit)
    world.git.run("clone", "--quiet", "--single-branch", "--branch=example", str(world.forge), str(tmp_path / "alone"))
    git = Git(tmp_path / "alone")
    git.run("branch", "--quiet", "--move", "main")
    git.run("remote", "remove", "origin")
    return git


@pytest.fixture
def office(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    """A company that was just founded, whose people type trust commands."""
    return Office.of(world, capsys, monkeypatch)


@pytest.fixture
def busy(promoted: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    """The same with version 1 in service."""
    return Office.of(promoted, capsys, monkeypatch)
