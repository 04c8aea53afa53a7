"""What a person typed, told by its name, and the way out: reverts by halves, stale branches, merges of another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.verification import diagnosis
from counterseal.verification.git import Git
from counterseal.verification.proposal import prospective_merge
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit, write_tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

ENTRY, CARD, BOM = places.entry(MODEL), places.card(MODEL), places.bom(MODEL)
ROLLBACK = f"`counterseal rollback {MODEL} --to 1`"


@pytest.fixture
def three(replaced: World) -> World:
    """Promotions 1, 2 and 3 of one model."""
    acts.promote(replaced, 3)
    return replaced


def said(world: World, branch: str, code: str) -> str:
    """Return what the gate says of a branch that it refuses."""
    with refused(code) as refusal:
        world.admit(world.merge_of(branch))
    return str(refusal.value)


def returned(world: World, number: int, *paths: str, branch: str = "back") -> str:
    """Return a branch on which some of a model's files are as of a promotion; all of them if none is named."""
    then = Tree(world.git, acts.record(world, number).commit)
    chosen = paths or places.of_model(MODEL)
    gone = dict.fromkeys(Tree(world.git, world.main).files(*chosen))
    world.commit(branch, {**gone, **then.contents(*chosen)}, "dana", "Back")
    return branch


# -- git revert


def test_a_revert_of_an_older_promotion_that_was_resolved_is_told_as_what_it_is(three: World) -> None:
    text = said(three, returned(three, 1), "QUORUM")
    assert f"return {MODEL} to promotion 1, after promotion 3: one operator undoes only the last promotion" in text
    assert "owner and risk" in text
    assert "counterseal approve" in text


def test_a_conflicting_revert_is_told_by_its_markers(three: World, tmp_path: Path) -> None:
    three.git.run("worktree", "add", "--quiet", "--detach", str(tmp_path / "hands"), three.main)
    hands = Git(tmp_path / "hands")
    who = three.committer("dana")
    revert = ("revert", "--no-edit", "-m", "1", acts.record(three, 2).commit)
    assert "conflict" in hands.attempt(*revert, environment=who.environment).stderr.decode().lower()
    hands.run("add", "--all")
    assert who.key
    hands.run(*who.key.git_flags, "commit", "--quiet", "-S", "-m", "Revert", environment=who.environment)
    three.put("back", hands.run("rev-parse", "HEAD"))
    text = said(three, "back", "CONFLICT_MARKERS")
    assert f"counterseal rollback {MODEL} --plan" in text


@pytest.mark.parametrize(
    ("paths", "code", "found"),
    [
        ((ENTRY,), "RESTORE_NOT_EXACT", "as in promotion 3"),
        ((ENTRY, CARD, f"attestations/{MODEL}", f"registry/{MODEL}/model"), "RESTORE_NOT_EXACT", "as in promotion 3"),
        ((CARD, BOM), "TREE_NOT_LIVE", f"{CARD}, {BOM} as in promotion 1"),
        ((places.spec(MODEL), CARD), "TREE_NOT_LIVE", "as in promotion 1"),
    ],
)
def test_a_revert_by_halves_says_whose_the_files_are(
    three: World, paths: tuple[str, ...], code: str, found: str
) -> None:
    text = said(three, returned(three, 1, *paths), code)
    assert found in text
    assert ROLLBACK in text
    assert "`git checkout " in text


def test_the_way_back_that_is_told_is_one(replaced: World) -> None:
    branch = returned(replaced, 1, CARD, BOM)
    text = said(replaced, branch, "TREE_NOT_LIVE")
    commit, _, paths = text.split("`git checkout ")[1].partition("`")[0].partition(" -- ")
    oid = replaced.git.resolve(commit)
    assert oid
    replaced.commit(branch, {**Tree(replaced.git, oid).contents(*paths.split())}, "dana")
    with refused("MIXED_AREAS") as refusal:
        replaced.admit(replaced.merge_of(branch))
    assert "found none" in str(refusal.value), "nothing is changed any more"


def test_a_file_more_and_a_file_like_none_are_told(replaced: World) -> None:
    more = f"registry/{MODEL}/more.txt"
    replaced.commit("more", {more: b"x"}, "dana")
    text = said(replaced, "more", "TREE_NOT_LIVE")
    assert f"{more} as in no promotion" in text
    assert f"`git rm {more}`" in text


def test_a_spec_without_evidence_wants_the_pipeline(live: World) -> None:
    text = said(live, live.propose(2), "TREE_NOT_LIVE")
    assert "no evidence for it yet" in text
    assert "counterseal run" in text


def test_a_revert_of_several_is_one_restore(three: World) -> None:
    two = acts.revert(three, three.main, "two")
    three.git.run("worktree", "add", "--quiet", str(three.folder / "hands"), two)
    hands = Git(three.folder / "hands")
    again = ("revert", "--no-edit", "--no-gpg-sign", "-m", "1", acts.record(three, 2).commit)
    hands.run(*again, environment=three.committer("dana").environment)
    text = said(three, "two", "QUORUM")
    assert f"return {MODEL} to promotion 1, after promotion 3" in text
    (made,) = acts.land(three, acts.restore(three, "two", "alice", "bob", to=1))
    assert (made.kind, made.restores) == ("restore", 1)


def test_a_retirement_names_what_ends(replaced: World) -> None:
    replaced.commit("end", dict.fromkeys(Tree(replaced.git, replaced.main).files(*places.of_model(MODEL))), "dana")
    text = said(replaced, "end", "QUORUM")
    assert f"to end {MODEL}, which serves promotion 2: its files are gone" in text


def test_a_dataset_that_changed_since_is_named_with_the_way_to_bring_it_back(live: World) -> None:
    path = places.dataset(MODEL)
    branch = live.propose(2)
    live.commit(branch, {path: live.read(path) + b"# A word more.\n"}, "dana")
    live.prove(branch)
    acts.land(live, acts.countersign(live, branch, "alice", "bob"))
    text = said(live, returned(live, 1), "DATASET_NOT_OF_TREE")
    assert f"promotion 1 of {MODEL}" in text
    assert ROLLBACK in text
    whole = acts.revert(live, live.main, "whole")
    (made,) = acts.land(live, acts.restore(live, whole, "olga", to=1))
    assert made.restores == 1, "an unsigned revert that returns the dataset as well"


# -- other merges


@pytest.mark.parametrize("parents", [1, 3])
def test_a_squash_and_an_octopus_are_told_by_name(live: World, parents: int) -> None:
    branch = acts.ready(live, 2)
    tree = Tree(live.git, live.merge_of(branch)).root
    others = [live.tip(branch), live.tip(acts.ready(live, 3, branch="other"))][: parents - 1]
    squash = write_commit(live.git, tree, [live.main, *others], "Squashed", live.committer("alice"))
    with refused("NOT_A_MERGE") as refusal:
        live.push(places.MAIN, squash)
    text = str(refusal.value)
    assert ("a squash" in text) == (parents == 1)
    assert "counterseal merge" in text


def test_a_squash_that_main_has_is_healed_by_its_approvals(live: World) -> None:
    branch = acts.ready(live, 2)
    tree = Tree(live.git, live.merge_of(branch)).root
    live.put("main", write_commit(live.git, tree, [live.main], "Squashed", live.committer("alice")))
    assert live.record().promotions == ()
    for person in ("anna", "bill"):
        facts = {"entry": sha256(live.read(ENTRY)), "reviews": acts.every_review(live)}
        acts.put_approval(live, "heal", person, "promote", places.approvals(MODEL), model=MODEL, **facts)
    assert [made.number for made in acts.land(live, "heal")] == [2]


def test_an_evil_merge_names_what_it_slipped_in(live: World) -> None:
    branch = acts.ready(live, 2)
    tree = write_tree(live.git, live.merge_of(branch), {CARD: b"# Better\n"})
    evil = write_commit(live.git, tree, [live.main, live.tip(branch)], "Merge", live.committer("alice"))
    with refused("EVIL_MERGE") as refusal:
        live.push(places.MAIN, evil)
    assert CARD in str(refusal.value)


def test_a_conflict_names_files_and_what_to_do(live: World) -> None:
    one, two = acts.ready(live, 2), acts.ready(live, 3, branch="other")
    acts.land(live, one)
    with refused("CONFLICT") as refusal:
        prospective_merge(live.git, live.main, live.tip(two))
    text = str(refusal.value)
    assert "registry/" in text or "attestations/" in text
    assert "counterseal run" in text
    live.commit("docs", {"docs/x.md": b"one\n"}, "dana")
    live.commit("late", {"docs/x.md": b"two\n"}, "dana")
    live.force("docs")
    with refused("CONFLICT") as refusal:
        prospective_merge(live.git, live.main, live.tip("late"))
    assert "docs/x.md" in str(refusal.value)
    assert "merge main into the proposal" in str(refusal.value)


# -- a branch that main has


def test_a_stale_branch_merged_again_says_what_became_of_it(replaced: World) -> None:
    branch = f"proposal/{MODEL}-v2"
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    with refused("NOTHING_TO_MERGE") as refusal:
        replaced.assess(branch)
    text = str(refusal.value)
    assert f"promotion 2 (promote {MODEL})" in text
    assert "promotion 3 took 2 back" in text
    assert f"`counterseal rollback {MODEL} --to 2`" in text
    git, log = replaced.git, replaced.log()
    assert diagnosis.taken_back(git, log, replaced.main, replaced.tip(branch))


def test_an_end_and_a_return_merged_again_say_what_became_of_them(live: World) -> None:
    acts.land(live, acts.retire(live, acts.revert(live, live.main, "end"), "alice", "bob"))
    acts.land(live, acts.restore(live, acts.revert(live, live.main, "back"), "alice", "bob", to=1))
    acts.promote(live, 2)
    for branch, way_out in (("end", "--retire"), ("back", "--to 1")):
        with refused("NOTHING_TO_MERGE") as refusal:
            live.assess(branch)
        assert f"`counterseal rollback {MODEL} {way_out}`" in str(refusal.value)


def test_a_branch_whose_promotion_serves_was_not_taken_back(replaced: World) -> None:
    git, log = replaced.git, replaced.log()
    for proposal in (replaced.tip(f"proposal/{MODEL}-v2"), replaced.main, acts.record(replaced, 0).commit):
        assert not diagnosis.taken_back(git, log, replaced.main, proposal)
        finding = diagnosis.already_merged(git, log, replaced.main, proposal)
        assert "took" not in finding.found


def test_markers_that_are_data_keep_nobody_from_signing(live: World) -> None:
    loans, data = acts.loans(), places.dataset("loans", "loans.csv")
    marked = loans[data] + b"\n<<<<<<< x\n>>>>>>> y\n"
    described = loans[places.dataset("loans")].replace(sha256(loans[data]).encode(), sha256(marked).encode())
    branch = acts.ready(live, 2, "alice")
    live.commit(branch, {places.dataset("loans"): described, data: marked}, "dana")
    with refused("QUORUM"):
        live.admit(live.merge_of(branch))


def test_what_no_markers_explain_stays_as_it_was(live: World) -> None:
    live.commit("odd", {ENTRY: b"nonsense: [\n"}, "dana")
    with pytest.raises(Refused) as refusal:
        live.admit(live.merge_of("odd"))
    assert refusal.value.code != "CONFLICT_MARKERS"
