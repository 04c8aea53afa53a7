"""Evidence is committed of what a branch proposes, and of nothing that lies beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from scripts.main import main
from tests.support.world import MODEL, spec

if TYPE_CHECKING:
    from counterseal.verification.git import Git
    from tests.support.world import World


@pytest.fixture
def ci(proposed: World) -> Git:
    git = proposed.clone("ci")
    git.run("switch", "--quiet", f"proposal/{MODEL}-v2")
    return git


def run(world: World, ci: Git, *words: str) -> int:
    return main(["run", "--repo", str(ci.folder), "--key", str(world.keys / "ci.pem"), *words])


def test_evidence_is_committed_only_of_what_the_branch_proposes(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = ci.folder / places.spec("draft")
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(spec(1, "draft"))
    assert run(proposed, ci, "--push") == 0, "a draft beside the branch is nobody's proposal"
    edited = ci.folder / places.spec(MODEL)
    edited.write_bytes(edited.read_bytes() + b"\n")
    assert run(proposed, ci, "--push") == 1
    said = capsys.readouterr().err
    assert f"{places.spec(MODEL)}: NOT_PROPOSED" in said
    assert f"`counterseal propose {MODEL}`" in said


def test_where_nothing_is_proposed_nothing_is_committed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    git = world.clone("ci")
    (git.folder / "mine.csv").write_text("1\n")
    assert run(world, git, "--commit") == 0
    assert "nothing: no model changed" in capsys.readouterr().out
    assert git.run("status", "--porcelain") == "?? mine.csv"
