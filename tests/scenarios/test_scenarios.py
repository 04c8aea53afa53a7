"""Twenty-eight lives of a repository that the trust formats must carry, each on a real bare repository.

Where a change is let through, gate, promoter, server and auditor must come to the same end (``agree``): the gate
admits it, the promoter records it, the server follows it, and the auditor, who starts from nothing but objects and
root keys, finds every record rightly made. Scenarios 1, 5 and 14 go through the forge's real hooks as well, in
processes of their own. SCENARIOS.md is their table; the number in a test's name is its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.trust import Trust
from counterseal.values.digest import sha256
from counterseal.verification.follow import Served, Stopped, follow
from counterseal.verification.git import Git
from counterseal.verification.history import verify_history
from counterseal.verification.log import read_log
from counterseal.verification.objects import GitError
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.repository.changes import Committer, push, write_commit, write_tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from counterseal.documents.record import Promotion
    from counterseal.verification.ground import Admission
    from counterseal.verification.history import History
    from tests.support.world import World

APPROVALS = places.approvals(MODEL)


def judged(world: World, branch: str) -> Admission:
    """Judge the merge of a branch as the gate would."""
    return world.admit(world.merge_of(branch))


def agree(world: World) -> History:
    """Require that the server and the auditor, each from objects and root keys alone, come to the same end."""
    with Git(world.forge) as git:
        snapshot = follow(git, world.roots, world.main, world.promotions, world.now)
    with Git(world.forge) as git:
        history = verify_history(git, world.roots, world.main, world.promotions, world.now)
    assert history, [line for line in history.lines if line.then != "PASS"]
    assert snapshot.number == history.lines[-1].number
    for model, item in snapshot.models.items():
        last = [line for line in history.lines if line.model == model and not line.void][-1]
        assert item.number == last.number
        if isinstance(item, Stopped):
            assert item.retired == (last.kind == "retire")
        assert isinstance(item, Served) == (last.today not in {None, "FAIL"})
    return history


def facts(made: Promotion) -> tuple[int, str, str | None]:
    return made.number, made.kind, made.model


def bound(world: World, branch: str = "main") -> dict[str, Any]:
    """Return what an approval of the entry on a branch binds."""
    entry = sha256(world.read(places.entry(MODEL), branch))
    return {"model": MODEL, "entry": entry, "reviews": acts.every_review(world), "reproduced": True}


def heal(world: World, *people: str, branch: str = "heal") -> str:
    """Return a branch with nothing but approvals of what main holds."""
    for person in people:
        acts.put_approval(world, branch, person, "promote", APPROVALS, **bound(world))
    return branch


def back(world: World, branch: str = "back", **about: Any) -> str:
    """Return a branch on which somebody typed ``git revert -m 1`` of main's last merge."""
    return acts.revert(world, world.main, branch, **about)


def pushed(world: World, commit: str) -> str:
    """Push a commit of the forge's from a clone to main, through the real hooks; return what they said."""
    clone = world.clone("alice")
    world.put("scratch", commit)
    clone.run("fetch", "--quiet", "origin", "scratch")
    world.git.run("update-ref", "-d", "refs/heads/scratch")
    return push(clone, "origin", commit, places.MAIN, world.main)


# -- a life without accidents


def test_01_genesis_promote_v1_v2_then_a_self_approval(world: World) -> None:
    said = [pushed(world, world.merge_of(acts.ready(world, version))) for version in (1, 2)]
    assert [f"recorded: {number} promote {MODEL}" in text for number, text in enumerate(said, 1)] == [True, True]
    alone = acts.ready(world, 3, by="alice")
    before = world.git.run("for-each-ref")
    with pytest.raises(GitError, match="SELF_APPROVAL"):
        pushed(world, world.merge_of(alone))
    assert world.git.run("for-each-ref") == before
    recorded = read_log(world.git, world.promotions, world.main, world.roots).standing
    assert [(p.number, p.kind) for p in recorded] == [(0, "genesis"), (1, "promote"), (2, "promote")]
    assert acts.served(world).approvers == ("alice", "bob")
    agree(world)


def test_02_two_models_in_either_order_and_two_proposals_of_one_model(live: World) -> None:
    german, loans = acts.ready(live, 2), acts.ready_loans(live)
    twin = acts.ready(live, 3, branch="twin")
    assert judged(live, german).promotions, "in this order, too"
    made = [*acts.land(live, loans), *acts.land(live, german)]
    assert [facts(item) for item in made] == [(2, "promote", "loans"), (3, "promote", MODEL)]
    tree = Tree(live.git, live.tip(twin))
    forced = write_commit(live.git, tree.root, [live.main, live.tip(twin)], "Ours", live.committer("alice"))
    with refused("CONFLICT") as refusal:
        live.admit(forced)
    assert "counterseal run" in str(refusal.value)
    live.commit("rebased", {**tree.contents(*places.of_model(MODEL))}, "dana")
    with refused("ENTRY_NOT_REBUILT") as refusal:
        judged(live, "rebased")
    assert "replaces 3" in str(refusal.value)
    agree(live)


# -- rules and code


@pytest.mark.parametrize("kept", ["still listed", ""])
def test_03_a_lock_bump_merges_while_a_proposal_waits(live: World, kept: str) -> None:
    branch = acts.ready(live, 2)
    lock = live.read(places.LOCK) + b"# a newer one\n"
    only = acts.code_of(live).model_copy(update={"lock": sha256(lock)})
    bent: dict[str, Any] = {} if kept else {"code": (only,)}
    rules = acts.propose_rules(live, {places.LOCK: lock}, **bent)
    acts.land(live, acts.approve_rules(live, rules, "alice", "bob"))
    if kept:
        assert facts(*acts.land(live, branch)) == (3, "promote", MODEL)
    else:
        with refused("CODE_NOT_NAMED_BY_RULES"):
            judged(live, branch)
    agree(live)


def test_04_a_rules_change_merges_while_a_proposal_waits(live: World) -> None:
    branch = acts.ready(live, 2)
    before = judged(live, branch).judgements[MODEL]
    value = next(item.found for item in before.outcomes if item.id == "quality/auc")
    low, high = map(float, value.split("[")[1].rstrip("]").split(", "))
    rules = acts.propose_rules(live, acts.limit(live, "quality", "auc", (low + high) / 2))
    acts.countersign(live, branch, "alice", "bob", reviews=before.reviews)
    acts.land(live, acts.approve_rules(live, rules, "alice", "bob"))
    with refused("REVIEW_UNDECIDED") as refusal:
        judged(live, branch)
    assert "quality/auc" in str(refusal.value)
    entry = live.read(places.entry(MODEL), branch)
    acts.countersign(live, branch, "alice", "bob", reviews=(*before.reviews, "quality/auc"))
    (made,) = acts.land(live, branch)
    assert (made.rules, made.entry) == (2, sha256(entry)), "nothing was trained again"
    agree(live)


def test_05_rules_change_with_models_live(live: World) -> None:
    files = acts.limit(live, "quality", "auc", 0.99) | acts.limit(live, "data-quality", "rows", 100_000)
    rules = acts.approve_rules(live, acts.propose_rules(live, files), "alice", "bob")
    assert "recorded: 2 rules" in pushed(live, live.merge_of(rules))
    line = agree(live).lines[1]
    assert (line.then, line.today) == ("PASS", "REVIEW"), "rightly promoted; today's rules have something to say"
    assert ["quality/auc" in str(finding) for finding in line.findings] == [True], "nothing of data-quality's"
    with refused("RULE_FAIL") as refusal:
        judged(live, acts.ready(live, 2))
    assert "data-quality/rows" in str(refusal.value), "it is asked of what is new"


@pytest.mark.parametrize("path", ["counterseal/extra.py", "pipelines/extra.py", places.LOCK])
def test_06_code_without_the_rules_that_name_it_and_the_reverse(world: World, path: str) -> None:
    changed = {path: b"# changed\n"}
    world.commit("code", {**changed}, "mia")
    with refused("CODE_WITHOUT_RULES"):
        judged(world, "code")
    other = acts.code_of(world).model_copy(update={"lock": "0" * 64})
    acts.propose_rules(world, {}, branch="rules/alone", code=(other,))
    with refused("RULES_CODE_NOT_TREE"):
        judged(world, acts.approve_rules(world, "rules/alone", "alice", "bob"))
    together = acts.propose_rules(world, {**changed})
    (made,) = acts.land(world, acts.approve_rules(world, together, "alice", "bob"))
    assert facts(made) == (1, "rules", None)
    agree(world)


# -- git revert


def test_07_git_revert_typed_by_hand(replaced: World) -> None:
    """Another operator signs; so may whoever approved the promotion; old restore files that come back are inert."""

    def alice_operates(spec: acts.Edit) -> None:
        spec["roles"]["operator"] = [*spec["roles"]["operator"], "alice"]

    replaced.land(acts.propose_trust(replaced, alice_operates))
    typed = acts.revert(replaced, acts.record(replaced, 2).commit, "one", by="olga")
    with refused("QUORUM"):
        judged(replaced, typed)
    (made,) = acts.land(replaced, acts.restore(replaced, typed, "alice", to=1, role="operator"))
    assert (*facts(made), made.restores) == (3, "restore", MODEL, 1)
    assert (acts.served(replaced).version, acts.served(replaced).approvers) == (1, ("alice",))
    assert acts.promote(replaced, 3).number == 4
    again = back(replaced)
    assert f"{APPROVALS}/alice.restore.yaml" in Tree(replaced.git, replaced.tip(again)).files(APPROVALS)
    with refused("QUORUM") as refusal:
        judged(replaced, again)
    assert "of something else: the approval by alice" in str(refusal.value)
    (made,) = acts.land(replaced, acts.restore(replaced, again, "olga", to=1))
    assert (made.number, made.restores) == (5, 1)
    agree(replaced)


def test_08_a_revert_of_a_revert(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, back(replaced, "one"), "olga", to=1))
    again = back(replaced)
    for operator in ((), ("olga",)):
        with refused("QUORUM") as refusal:
            judged(replaced, acts.restore(replaced, again, *operator, to=2))
        assert f"return {MODEL} to promotion 2, which promotion 3 took back" in str(refusal.value)
    (made,) = acts.land(replaced, acts.restore(replaced, again, "alice", "bob", to=2))
    assert (*facts(made), made.restores) == (4, "restore", MODEL, 2)
    agree(replaced)


def test_09_the_first_promotion_reverted_and_that_retirement_reverted(live: World) -> None:
    end = back(live, "end")
    with refused("QUORUM") as refusal:
        judged(live, end)
    assert f"to end {MODEL}, which serves promotion 1: nothing served before" in str(refusal.value)
    (made,) = acts.land(live, acts.retire(live, end, "alice", "bob"))
    assert (made.kind, made.entry) == ("retire", None)
    agree(live)
    again = back(live)
    with refused("QUORUM") as refusal:
        judged(live, again)
    assert "after promotion 2 retired it" in str(refusal.value)
    (made,) = acts.land(live, acts.restore(live, again, "alice", "bob", to=1))
    assert (made.number, made.restores) == (3, 1)
    agree(live)


def test_10_restore_after_cis_key_was_rotated_and_an_approver_retired(replaced: World) -> None:
    fresh = acts.machine_key(replaced, "ci-2")

    def change(spec: acts.Edit) -> None:
        spec["machines"]["ci"] = [fresh]
        del spec["people"]["alice"]
        spec["roles"]["owner"].remove("alice")

    replaced.land(acts.propose_trust(replaced, change), by="anna")
    typed = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    (made,) = replaced.land(acts.restore(replaced, typed, "olga", to=1), by="anna").promotions
    assert made.restores == 1
    agree(replaced)


@pytest.mark.parametrize("since", [2, 1])
def test_11_restore_when_an_approver_is_compromised(replaced: World, since: int) -> None:
    acts.compromise(replaced, "alice", since)
    assert acts.stopped(replaced).findings[0].code == "COMPROMISED", "promotion 2 needs her signature"
    typed = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    acts.restore(replaced, typed, "olga", to=1)
    if since == 1:
        with refused("COMPROMISED"):
            judged(replaced, typed)
        return
    (made,) = acts.land(replaced, typed)
    assert made.restores == 1
    assert [line.today for line in agree(replaced).lines] == [None, "PASS", "FAIL", "PASS"]


# -- trust


def test_12_trust_2_adds_an_owner_and_rotates_ci_while_a_proposal_waits(live: World) -> None:
    waiting, fresh = acts.ready(live, 2), acts.machine_key(live, "ci-2")

    def change(spec: acts.Edit) -> None:
        spec["machines"]["ci"].append(fresh)
        spec["roles"]["owner"] = [*spec["roles"]["owner"], "dora"]

    with refused("TRUST_THRESHOLD"):
        judged(live, acts.propose_trust(live, change, branch="one-root", signers=["rita"]))
    together = acts.propose_trust(live, change)
    files = Tree(live.git, live.tip(together)).files(places.CODEOWNERS, places.LAYOUTS)
    assert files != Tree(live.git, live.main).files(places.CODEOWNERS, places.LAYOUTS)
    live.land(together)
    acts.put_approval(live, waiting, "dora", "promote", APPROVALS, role="owner", **bound(live, waiting))
    assert facts(*acts.land(live, waiting)) == (2, "promote", MODEL), "nothing is made again"
    late = acts.ready(live, 3)
    live.land(acts.propose_trust(live, lambda spec: spec["machines"]["ci"].pop(0), branch="trust/3"))
    with refused("UNKNOWN_KEY"):
        judged(live, late)
    agree(live)


@pytest.mark.parametrize("first", ["trust", "rules"])
def test_13_trust_2_and_rules_that_alter_the_pipeline_both_open(live: World, first: str) -> None:
    fewer = live.read(places.PIPELINE).replace(b"materials: [bom, lock, advisories]", b"materials: [bom, advisories]")
    assert fewer != live.read(places.PIPELINE)
    fresh = acts.machine_key(live, "ci-2")
    both = {
        "rules": acts.approve_rules(live, acts.propose_rules(live, {places.PIPELINE: fewer}), "alice", "bob"),
        "trust": acts.propose_trust(live, lambda spec: spec["machines"]["ci"].append(fresh)),
    }
    live.land(both.pop(first))
    (second,) = both.values()
    with refused("LAYOUT_MISSING"):
        judged(live, second)
    after = Tree(live.git, live.merge_of(second))
    live.commit(second, acts.layout_file(live, after, trust_at(after, live.roots)), "mia")
    live.land(second)
    agree(live)


# -- the promoter


def test_14_the_promoter_dies_between_merge_and_record(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    merges = [
        acts.merge(live, acts.ready(live, 2)),
        acts.merge(live, acts.ready_loans(live)),
        acts.merge(live, acts.ready(live, 3)),
    ]
    assert [item.commit for item in live.log().standing[2:]] == merges, "the gate folds them"
    assert acts.served(live).version == 1
    tip = live.promotions
    for _ in each_death(monkeypatch, live.record):
        assert live.promotions == tip, "nothing is seen of a run that died"
        break
    live.commit("docs", {"docs/more.md": b"More.\n"}, "dana")
    acts.approve_change(live, "docs", "mia")
    said = pushed(live, live.merge_of("docs"))
    assert [f"recorded: {number} promote" in said for number in (2, 3, 4)] == [True] * 3, "the next run, of any merge"
    log = read_log(live.git, live.promotions, live.main, live.roots)
    assert [item.commit for item in log.standing[2:]] == merges
    assert live.record().promotions == ()
    agree(live)


def test_15_the_promoters_key_is_rotated_between_merge_and_record(live: World) -> None:
    acts.merge(live, acts.ready(live, 2))
    fresh = acts.machine_key(live, "promoter-2")
    acts.merge(live, acts.propose_trust(live, lambda spec: spec["machines"].update(promoter=[fresh])))
    assert acts.served(live).version == 1
    with refused("PROMOTER_KEY"):
        live.record()
    for name, into in (("promoter", "gone"), ("promoter-2", "promoter")):
        (live.keys / f"{name}.pem").rename(live.keys / f"{into}.pem")
    (made,) = live.record().promotions
    assert (made.number, made.trust) == (2, 2)
    assert acts.served(live).version == 2
    agree(live)


def test_16_use_before_lapses_between_merge_and_record(live: World) -> None:
    merged = acts.merge(live, acts.ready(live, 2))
    live.later(days=15)
    recorded = live.record()
    assert recorded.promotions == ()
    assert {oid: refusal.code for oid, refusal in recorded.skipped.items()} == {merged: "QUORUM"}
    assert acts.served(live).version == 1
    (made,) = acts.land(live, heal(live, "alice", "bob"))
    assert facts(made) == (2, "promote", MODEL)
    assert [line.commit for line in agree(live).skipped] == [merged]


# -- round the gate


def test_17_a_refused_merge_pushed_round_the_gate_then_approvals_by_its_author(live: World) -> None:
    live.force(acts.ready(live, 2, "bob", by="alice"))
    with refused("SELF_APPROVAL"):
        judged(live, heal(live, "alice"))
    assert acts.served(live).version == 1
    assert facts(*acts.land(live, heal(live, "anna"))) == (2, "promote", MODEL)
    agree(live)


def test_18_revert_of_a_refused_merge(live: World) -> None:
    before = Tree(live.git, live.main).root
    branch = acts.ready(live, 2, "bob")
    live.force(branch)
    live.push(places.MAIN, live.merge_of(back(live)))
    assert Tree(live.git, live.main).root == before
    assert live.record().promotions == ()
    with refused("NOTHING_TO_MERGE"):
        live.assess(branch)
    assert acts.promote(live, 2, branch="afresh").number == 2
    agree(live)


def test_19_a_bogus_record_by_a_stolen_promoter_key_then_void(replaced: World) -> None:
    two = acts.record(replaced, 2)
    lie: dict[str, Any] = {"kind": "promote", "model": MODEL, "entry": two.entry, "commit": "f" * 40}
    acts.write_record(replaced, **lie)
    assert (acts.served(replaced).number, bool(acts.served(replaced).warnings)) == (2, True)
    assert not acts.history(replaced)
    fresh = acts.machine_key(replaced, "promoter-2")

    def change(spec: acts.Edit) -> None:
        spec["machines"]["promoter"], spec["void"] = [fresh], [3]

    acts.merge(replaced, acts.propose_trust(replaced, change))
    (replaced.keys / "promoter-2.pem").replace(replaced.keys / "promoter.pem")
    replaced.record()
    assert acts.promote(replaced, 3).number == 4, "the chain goes on; the void number is skipped"
    assert acts.served(replaced).version == 3
    assert agree(replaced).lines[3].findings[0].code == "VOID"


def test_20_trust_inside_a_proposal_and_model_and_trust_mixed(replaced: World) -> None:
    branch = acts.propose_trust(replaced, {"withdrawn": [2]})
    assert acts.served(replaced).version == 2, "trust is read from main's line"
    replaced.commit(branch, {**acts.loans()}, "dana")
    with refused("MIXED_AREAS"):
        judged(replaced, branch)
    agree(replaced)


def test_21_main_pushed_without_trust_2(replaced: World) -> None:
    before = replaced.main
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [2]}))
    assert acts.stopped(replaced).findings[0].code == "WITHDRAWN"
    agree(replaced)
    tree = Tree(replaced.git, before).root
    gone = write_commit(replaced.git, tree, [replaced.main], "No trust/2", replaced.committer("dana"))
    branch = replaced.commit("gone", {places.trust(2): None}, "dana")
    for commit, code in ((before, "REWOUND_MAIN"), (gone, "NOT_A_MERGE"), (branch, "NOT_A_MERGE")):
        with refused(code):
            replaced.push(places.MAIN, commit)
    with refused("TRUST_REMOVED"):
        replaced.push(places.MAIN, replaced.merge_of("gone"))
    replaced.put("main", gone)
    for judge in (acts.snapshot, acts.history):
        with refused("TRUST_REMOVED"):
            judge(replaced)


# -- what lies in the tree


def test_22_a_stale_approval_of_another_person_lies_in_the_folder(live: World) -> None:
    branch = acts.ready(live, 2)
    stale = live.read(f"{APPROVALS}/alice.yaml")
    live.commit(branch, {f"{APPROVALS}/alice.yaml": stale}, "dana")
    with refused("QUORUM"):
        judged(live, branch)
    acts.countersign(live, branch, "anna")
    (made,) = acts.land(live, branch)
    assert sha256(stale) not in made.approvals
    assert acts.served(live).approvers == ("anna", "bob")
    agree(live)


def test_23_dataset_yaml_changed_alone(live: World) -> None:
    path = places.dataset(MODEL)
    live.commit("data", {path: live.read(path) + b"# a word more\n"}, "dana")
    with refused("DATASET_NOT_OF_TREE") as refusal:
        judged(live, "data")
    assert f"promotion 1 of {MODEL}" in str(refusal.value)
    live.force("data")
    assert acts.served(live).version == 1
    agree(live)


def test_24_an_approval_committed_unsigned_and_update_branch(live: World) -> None:
    branch = acts.ready(live, 2, "alice")
    acts.land(live, acts.ready_loans(live))
    update = live.git.merged_tree(live.tip(branch), live.main)
    assert update
    nobody = Committer("forge", "noreply@forge.example")
    live.put(branch, write_commit(live.git, update, [live.tip(branch), live.main], "Update branch", nobody))
    data = acts.approval(live, "bob", "promote", **bound(live, branch))
    live.commit(branch, {f"{APPROVALS}/bob.yaml": data}, by=None)
    assert facts(*acts.land(live, branch)) == (3, "promote", MODEL)
    agree(live)


def test_25_a_code_change_without_approval(world: World) -> None:
    world.commit("docs", {"docs/HOWTO.md": b"How to.\n"}, "dana")
    with refused("QUORUM"):
        judged(world, "docs")
    acts.approve_change(world, "docs", "mia")
    assert judged(world, "docs").promotions == ()
    world.commit("docs", {"docs/HOWTO.md": b"How to, changed since.\n"}, "dana")
    with refused("QUORUM"):
        judged(world, "docs")
    world.land(acts.approve_change(world, "docs", "mia"))
    agree(world)


def test_26_a_hand_revert_of_rules(world: World) -> None:
    old = world.read(places.rule("quality", "policy.yaml"))
    rules = acts.propose_rules(world, acts.limit(world, "quality", "auc", 0.6))
    acts.land(world, acts.approve_rules(world, rules, "alice", "bob"))
    with refused("RULES_REPLACES") as refusal:
        judged(world, back(world, by="mia"))
    assert "propose the old text as a new version" in str(refusal.value)
    again = acts.propose_rules(world, {places.rule("quality", "policy.yaml"): old}, branch="rules/as-before")
    (made,) = acts.land(world, acts.approve_rules(world, again, "alice", "bob"))
    assert facts(made) == (2, "rules", None)
    agree(world)


# -- less than the whole repository


def test_27_a_shallow_clone(replaced: World, tmp_path: Path) -> None:
    for depth in ("9999", "1"):
        url, folder = f"file://{replaced.forge}", tmp_path / depth
        replaced.git.run("clone", "--quiet", "--bare", "--depth", depth, "--no-single-branch", url, str(folder))
        with Git(folder) as git:
            if depth != "1":
                assert verify_history(git, replaced.roots, replaced.main, replaced.promotions, replaced.now)
                continue
            for judge in (follow, verify_history):
                with refused("SHALLOW_CLONE") as refusal:
                    judge(git, replaced.roots, replaced.main, replaced.promotions, replaced.now)
                assert "git fetch --unshallow" in str(refusal.value)


def test_28_log_none_and_a_squashed_history(live: World, tmp_path: Path) -> None:
    trust = Trust.of("1", live.trust.spec.model_copy(update={"log": "none"}))
    entry = sha256(live.read(places.RULES))
    files = {
        f"{places.RULES_APPROVALS}/{p}.yaml": acts.approval(live, p, "rules", entry=entry) for p in ("alice", "bob")
    }
    files[places.trust(1)] = acts.seal_trust(live, trust, ["rita", "rolf"])
    squashed = write_tree(live.git, live.main, {**files})
    live.put("main", write_commit(live.git, squashed, [], "Squashed", Committer("x", "x@example.org")))
    live.git.run("clone", "--quiet", "--bare", "--depth", "1", f"file://{live.forge}", str(tmp_path / "alone"))
    with Git(tmp_path / "alone") as git:
        snapshot = follow(git, live.roots, live.main, None, live.now)
    assert isinstance(snapshot.models[MODEL], Served)
    assert any("no promotion log" in line for line in snapshot.unchecked)
