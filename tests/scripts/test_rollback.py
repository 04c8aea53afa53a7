from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.values.finding import Refused
from counterseal.verification.authorship import proof_blobs
from counterseal.verification.tree import Tree
from scripts.rollback import propose
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_rollback_returns_to_the_recorded_bytes_by_one_operators_signature(twice: World) -> None:
    branch = f"proposal/{MODEL}-restore-1-after-2"
    assert twice.types("olga", "rollback", MODEL, "--reason", "Drift.") == 0
    first = twice.log().records[1].promotion.commit
    assert proof_blobs(Tree(twice.git, twice.tip(branch)), MODEL) == proof_blobs(Tree(twice.git, first), MODEL)
    twice.approve(branch, "olga", restore_to=1)
    (record,) = twice.land(branch, by="olga").promotions
    assert (record.number, record.kind, record.restores) == (3, "restore", 1)
    message = twice.git.run("log", "-1", "--format=%B", f"{twice.git.run('rev-parse', branch)}~1")
    assert message.startswith(f"Restore {MODEL} to promotion 1")
    assert "Drift." in message


def test_a_rollback_of_a_rollback_needs_the_tiers_quorum(twice: World) -> None:
    twice.types("olga", "rollback", MODEL)
    twice.approve(f"proposal/{MODEL}-restore-1-after-2", "olga")
    twice.land(f"proposal/{MODEL}-restore-1-after-2")
    again = f"proposal/{MODEL}-restore-2-after-3"
    assert twice.types("olga", "rollback", MODEL, "--to", "2") == 0
    with pytest.raises(Refused) as refused:
        twice.approve(again, "olga")
    assert refused.value.code == "ROLE"
    twice.approve(again, "alice", "bob")
    assert twice.land(again).promotions[0].restores == 2


def test_a_plan_lists_the_safe_targets_and_does_nothing(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = twice.git.run("for-each-ref")
    assert twice.types("olga", "rollback", MODEL, "--plan", "--format", "json") == 0
    assert [row["promotion"] for row in told(capsys)["tables"]["safe targets"]] == ["1"]
    assert twice.git.run("for-each-ref") == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((MODEL,), "NO_TARGET"),
        ((MODEL, "--to", "1"), "NO_TARGET"),
        ((MODEL, "--to", "7"), "NO_TARGET"),
        (("nothing-here",), "NOTHING_LIVE"),
    ],
)
def test_there_must_be_something_to_return_to(
    promoted: World, words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted.types("olga", "rollback", *words) == 1
    assert code in capsys.readouterr().err


def test_a_first_promotion_is_taken_back_by_retiring_the_model(promoted: World) -> None:
    assert promoted.types("olga", "rollback", MODEL, "--retire") == 0
    branch = f"proposal/{MODEL}-retire-after-1"
    assert proof_blobs(Tree(promoted.git, promoted.tip(branch)), MODEL) == {}
    promoted.approve(branch, "alice", "bob", retire=True)
    assert promoted.land(branch).promotions[0].kind == "retire"


def test_a_rollback_is_what_git_revert_makes(twice: World) -> None:
    clone = twice.clone("olga")
    clone.run("revert", "--no-edit", "--no-gpg-sign", "-m", "1", "origin/main")
    target = twice.log().records[1].promotion
    ours = propose(twice.repository(), MODEL, target, "", twice.key("olga"))
    assert twice.git.run("rev-parse", f"{ours}^{{tree}}") == clone.run("rev-parse", "HEAD^{tree}")


def test_whenever_it_dies_the_next_run_finishes(twice: World, monkeypatch: pytest.MonkeyPatch) -> None:
    branch, deaths = f"proposal/{MODEL}-restore-1-after-2", 0
    first = Tree(twice.git, twice.log().records[1].promotion.commit)
    for _ in each_death(monkeypatch, lambda: twice.types("olga", "rollback", MODEL)):
        deaths += 1
        assert twice.types("olga", "rollback", MODEL) == 0
        assert proof_blobs(Tree(twice.git, twice.tip(branch)), MODEL) == proof_blobs(first, MODEL)
        for git in (twice.git, twice.clone("olga")):
            git.run("update-ref", "-d", f"refs/heads/{branch}")
        twice.clone("olga").run("update-ref", "-d", f"refs/remotes/origin/{branch}")
    assert deaths > 1
