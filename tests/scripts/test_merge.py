from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from tests.support import acts
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


def test_merging_says_what_the_gate_said(proposed: World, capsys: pytest.CaptureFixture[str]) -> None:
    proposed.approve(BRANCH, "alice", "bob")
    clone = proposed.clone("alice")
    assert proposed.types("alice", "merge", MODEL) == 0
    said = capsys.readouterr().out
    assert "promote german-credit as number 2" in said
    assert "recorded: 2 promote german-credit" in said
    assert clone.run("rev-parse", "HEAD") == proposed.main, "main here follows"
    assert proposed.log().records[2].provisional is False


def test_what_the_gate_refuses_is_told_by_name_and_changes_nothing(
    proposed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = proposed.git.run("for-each-ref")
    assert proposed.types("alice", "merge", MODEL) == 1
    said = capsys.readouterr().err
    assert f"{places.approvals(MODEL)}: QUORUM" in said
    assert "found     nobody" in said
    assert proposed.git.run("for-each-ref") == before


def test_merging_what_main_has_changes_nothing(promoted: World, capsys: pytest.CaptureFixture[str]) -> None:
    promoted.put("proposal/old", promoted.main)
    before = promoted.git.run("for-each-ref")
    assert promoted.types("alice", "merge", "proposal/old") == 0
    assert "main has proposal/old already" in capsys.readouterr().out
    assert promoted.git.run("for-each-ref") == before


def test_merging_what_was_taken_back_says_so(replaced: World, capsys: pytest.CaptureFixture[str]) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    for command in ("merge", "check", "status"):
        assert replaced.types("alice", command, BRANCH) == 1
        said = capsys.readouterr().err
        assert "NOTHING_TO_MERGE" in said
        assert f"counterseal rollback {MODEL} --to 2" in said


def test_a_merge_by_somebody_the_trust_does_not_list_is_not_made(
    proposed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    key = (proposed.folder / "people" / "dana.pub").read_text()
    broken: Any = key.replace(key.split()[1][-8:], "AAAAAAAA")
    assert proposed.types("dana", "merge", MODEL, "--ssh-key", broken) == 1
    assert "NOT_TRUSTED" in capsys.readouterr().err


@pytest.mark.whole
def test_whenever_it_dies_the_next_run_finishes(proposed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed.approve(BRANCH, "alice", "bob")
    main, promotions, deaths = proposed.main, proposed.promotions, 0
    clone = proposed.clone("alice")
    for _ in each_death(monkeypatch, lambda: proposed.types("alice", "merge", BRANCH)):
        deaths += 1
        assert proposed.types("alice", "merge", BRANCH) == 0
        assert proposed.git.run("rev-parse", f"{proposed.main}^1") == main, "merged once"
        proposed.put("main", main)
        proposed.put("promotions", promotions)
        clone.run("reset", "--quiet", "--hard", main)
        clone.run("fetch", "--quiet")
    assert deaths > 1
