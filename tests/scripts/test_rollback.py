from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values import strict_yaml
from counterseal.values.finding import Refused
from counterseal.verification.authorship import proof_blobs
from counterseal.verification.tree import Tree
from scripts.rollback import propose
from tests.support import acts
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

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
    (row,) = told(capsys)["tables"]["safe targets"]
    assert (row["promotion"], row["today"], row["must sign"]) == ("1", "holds", "one operator")
    assert twice.git.run("for-each-ref") == before


@pytest.fixture
def four(replaced: World) -> World:
    """Promotions 1, 2, 1 again, and version 3: what served before is not the newest."""
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    acts.promote(replaced, 3)
    return replaced


def test_by_default_it_returns_to_what_served_before(four: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert four.types("olga", "rollback", MODEL, "--plan", "--format", "json") == 0
    rows = told(capsys)["tables"]["safe targets"]
    assert [(row["promotion"], row["must sign"]) for row in rows] == [("1", "one operator"), ("2", "owner and risk")]
    assert four.types("olga", "rollback", MODEL) == 0
    assert "(one operator must sign)" in capsys.readouterr().out
    assert four.types("olga", "status", f"proposal/{MODEL}-restore-1-after-4") == 1
    wanted = " ".join(capsys.readouterr().out.split())
    assert f"to return {MODEL} to promotion 1, which promotion 4 replaced" in wanted
    (made,) = acts.land(four, acts.restore(four, f"proposal/{MODEL}-restore-1-after-4", "olga", to=1))
    assert (made.number, made.restores) == (5, 1)


def block(world: World) -> None:
    rules = acts.propose_rules(world, acts.limit(world, "parity", "rows", 100_000))
    acts.land(world, acts.approve_rules(world, rules, "alice", "bob"))


def stop(world: World) -> None:
    path = places.rule("quality", "policy.yaml")
    plain: Any = strict_yaml.load(world.read(path), path).value
    plain["spec"] |= {"on_live": "stop", "on_restore": "warn"}
    plain["spec"]["limits"]["auc"] = 0.99
    rules = acts.propose_rules(world, {path: strict_yaml.dumps(plain)})
    acts.land(world, acts.approve_rules(world, rules, "alice", "bob"))


def withdraw(world: World) -> None:
    world.land(acts.propose_trust(world, {"withdrawn": [1]}))


def compromise(world: World) -> None:
    acts.compromise(world, "alice", 1)


@pytest.mark.parametrize(
    ("bend", "code"),
    [(withdraw, "WITHDRAWN"), (compromise, "COMPROMISED"), (block, "RULE_FAIL"), (stop, "RULE_FAIL")],
)
def test_what_could_not_serve_is_no_safe_target(
    replaced: World, bend: Callable[[World], None], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bend(replaced)
    assert replaced.types("olga", "rollback", MODEL, "--plan", "--format", "json") == 0
    tables = told(capsys)["tables"]
    assert tables["safe targets"] == []
    assert [(row["promotion"], code in row["why"]) for row in tables["not safe"]] == [("1", True)]
    before = replaced.git.run("for-each-ref")
    for words in ([], ["--to", "1"]):
        assert replaced.types("olga", "rollback", MODEL, *words) == 1
        said = capsys.readouterr().err
        assert code in said
        assert "none is safe: --retire would end the model" in said
    assert replaced.git.run("for-each-ref") == before


def test_a_refusal_lists_what_is_safe(four: World, capsys: pytest.CaptureFixture[str]) -> None:
    four.land(acts.propose_trust(four, {"withdrawn": [1]}))
    assert four.types("olga", "rollback", MODEL, "--to", "1") == 1
    said = capsys.readouterr().err
    assert "WITHDRAWN" in said
    assert "safe: --to 2 (signed by owner and risk)" in said
    assert four.types("olga", "rollback", MODEL) == 0, "by default the first that is safe"
    assert four.has(f"proposal/{MODEL}-restore-2-after-4")


def test_a_retired_model_comes_back(live: World, capsys: pytest.CaptureFixture[str]) -> None:
    acts.land(live, acts.retire(live, acts.revert(live, live.main, "end"), "alice", "bob"))
    assert live.types("olga", "rollback", MODEL, "--retire") == 1
    assert "NOTHING_LIVE" in capsys.readouterr().err
    assert live.types("olga", "rollback", MODEL) == 0
    branch = f"proposal/{MODEL}-restore-1-after-2"
    (made,) = acts.land(live, acts.restore(live, branch, "alice", "bob", to=1))
    assert (made.kind, made.restores) == ("restore", 1)


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


@pytest.mark.whole
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
