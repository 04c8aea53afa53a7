"""The whole log judged again: each record, each merge without one, and nothing poisoned by a neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def told(world: World) -> list[tuple[int | None, str, str, str | None]]:
    return [(line.number, line.kind, line.then, line.today) for line in acts.history(world).lines]


def test_a_whole_life_holds(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    rules = acts.propose_rules(replaced, acts.limit(replaced, "quality", "auc", 0.6))
    acts.land(replaced, acts.approve_rules(replaced, rules, "alice", "bob"))
    gone = dict.fromkeys(Tree(replaced.git, replaced.main).files(*places.of_model(MODEL)))
    replaced.commit("end", gone, "dana")
    acts.land(replaced, acts.retire(replaced, "end", "alice", "bob"))
    assert told(replaced) == [
        (0, "genesis", "PASS", None),
        (1, "promote", "PASS", "PASS"),
        (2, "promote", "PASS", "PASS"),
        (3, "restore", "PASS", "PASS"),
        (4, "rules", "PASS", None),
        (5, "retire", "PASS", None),
    ]
    assert acts.history(replaced).skipped == ()


def test_a_bogus_record_fails_and_poisons_no_other(replaced: World) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main)
    entry = sha256(replaced.read(places.RULES))
    acts.write_record(replaced, kind="rules", entry=entry, commit="f" * 40)
    history = acts.history(replaced)
    assert not history
    assert [line.then for line in history.lines] == ["PASS", "PASS", "PASS", "FAIL", "FAIL"]
    assert [line.today for line in history.lines] == [None, "PASS", "PASS", None, None]
    assert [line.findings[0].code for line in history.lines[3:]] == ["RECORD_DIFFERS", "RECORD_OFF_MAIN"]


def test_a_void_record_is_named_and_does_no_harm(replaced: World) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main)
    replaced.land(acts.propose_trust(replaced, {"void": [3]}))
    acts.promote(replaced, 3)
    history = acts.history(replaced)
    assert bool(history)
    assert history.lines[3].findings[0].code == "VOID"
    assert history.skipped == ()


def test_merges_without_a_record_are_named_with_why(live: World) -> None:
    bad = live.force(acts.ready(live, 2, "bob"))
    live.force(acts.revert(live, bad, "back"))
    waiting = acts.merge(live, acts.ready_loans(live))
    found = [(line.commit, line.kind, line.findings[0].code) for line in acts.history(live).skipped]
    assert found == [(bad, "refused", "QUORUM"), (waiting, "promote", "UNRECORDED")]
    live.record()
    assert [line.commit for line in acts.history(live).skipped] == [bad]


def test_a_void_record_in_between_shifts_no_later_judgement(replaced: World) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main)
    replaced.land(acts.propose_trust(replaced, {"void": [3]}))
    acts.promote(replaced, 3)
    waiting = acts.merge(replaced, acts.ready(replaced, 3, branch="again"))
    found = [(line.commit, line.kind) for line in acts.history(replaced).skipped]
    assert found == [(waiting, "promote")]


def test_a_direct_push_is_named(live: World) -> None:
    tree = Tree(live.git, live.main).root
    pushed = live.put("main", write_commit(live.git, tree, [live.main], "Direct", live.committer("dana")))
    assert [(line.commit, line.findings[0].code) for line in acts.history(live).skipped] == [(pushed, "NOT_A_MERGE")]
    assert bool(acts.history(live))


def test_a_main_that_is_not_this_logs_is_no_history(live: World) -> None:
    tree = Tree(live.git, live.main).root
    live.put("main", write_commit(live.git, tree, [], "Another beginning", live.committer("dana")))
    history = acts.history(live)
    assert not history
    assert history.lines[1].findings[0].code == "RECORD_OFF_MAIN"


def test_trust_taken_away_is_no_history(replaced: World) -> None:
    before = Tree(replaced.git, replaced.main).root
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [2]}))
    gone = write_commit(replaced.git, before, [replaced.main], "No trust/2", replaced.committer("dana"))
    replaced.put("main", gone)
    with refused("TRUST_REMOVED"):
        acts.history(replaced)
