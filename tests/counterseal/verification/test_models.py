"""Promote, restore, retire, or nothing new: each by its own rules, beside what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.spec import Facts
from counterseal.values.digest import sha256
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.changes import Committer, write_commit
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.documents.record import Promotion
    from counterseal.verification.ground import Admission
    from tests.support.world import World


def judged(world: World, branch: str) -> Admission:
    return world.admit(world.merge_of(branch))


def kinds(world: World) -> list[tuple[int, str]]:
    log = read_log(world.git, world.promotions, world.main, world.roots)
    return [(promotion.number, promotion.kind) for promotion in log.standing]


def facts(made: Promotion) -> tuple[int, str, str | None]:
    return made.number, made.kind, made.model


# -- promote


def test_a_first_and_a_second_version_are_promoted(world: World) -> None:
    first = acts.promote(world, 1)
    second = acts.promote(world, 2)
    assert [facts(first), facts(second)] == [(1, "promote", MODEL), (2, "promote", MODEL)]
    assert kinds(world) == [(0, "genesis"), (1, "promote"), (2, "promote")]
    assert len(first.approvals) == 2
    assert acts.served(world).approvers == ("alice", "bob")


def test_nobody_approves_their_own_model(world: World) -> None:
    with refused("SELF_APPROVAL"):
        judged(world, acts.ready(world, 1, by="alice"))
    branch = acts.ready(world, 1, "anna", "bob", by="alice", branch="countersigned")
    assert judged(world, branch).promotions


def test_an_address_in_a_commit_makes_an_author(world: World) -> None:
    branch = world.propose(1)
    path, message = places.spec(MODEL), "Help\n\nCo-authored-by: Alice <ALICE@acme.example>"
    spec = world.read(path, branch)
    world.commit(branch, {path: spec + b"\n"}, "dana", message)
    world.commit(branch, {path: spec}, "dana")
    world.prove(branch)
    with refused("SELF_APPROVAL"):
        judged(world, acts.countersign(world, branch, "alice", "bob"))


@pytest.mark.parametrize(("people", "role"), [(["alice"], None), (["bob"], None), (["robo", "bob"], "owner")])
def test_each_slot_of_the_tier_is_filled_by_a_person(live: World, people: list[str], role: str | None) -> None:
    branch = acts.ready(live, 2, *people) if role is None else acts.ready(live, 2, "bob")
    if role:
        acts.countersign(live, branch, "robo", role=role)
    with refused("QUORUM"):
        judged(live, branch)


def test_every_review_is_decided_by_name(live: World) -> None:
    branch = acts.ready(live, 2)
    open_ids = judged(live, branch).judgements[MODEL].reviews
    assert open_ids
    acts.countersign(live, branch, "bob", reviews=open_ids[1:])
    with refused("REVIEW_UNDECIDED") as refusal:
        judged(live, branch)
    assert open_ids[0] in str(refusal.value)
    acts.countersign(live, branch, "bob", reviews=open_ids)
    assert judged(live, branch).promotions


def test_a_lowered_fact_is_a_review_of_its_own(live: World) -> None:
    lower = Facts(personal_data=True, decision="informs", significant_effect=True)
    branch = acts.ready(live, 2, "alice", facts=lower)
    with refused("REVIEW_UNDECIDED") as refusal:
        judged(live, branch)
    assert "tier/decision-lowered" in str(refusal.value)
    acts.countersign(live, branch, "alice", reviews=(*acts.every_review(live), "tier/decision-lowered"))
    assert judged(live, branch).promotions


def test_an_approval_lapses(live: World) -> None:
    branch = acts.ready(live, 2)
    live.later(days=14)
    assert judged(live, branch).promotions
    live.later(seconds=1)
    with refused("QUORUM") as refusal:
        judged(live, branch)
    assert "lapsed" in str(refusal.value)


def test_an_approval_binds_its_entry_and_a_stale_one_is_inert(live: World) -> None:
    branch = acts.ready(live, 2)
    stale = live.read(f"{places.approvals(MODEL)}/alice.yaml")
    live.commit(branch, {f"{places.approvals(MODEL)}/alice.yaml": stale}, "dana")
    with refused("QUORUM"):
        judged(live, branch)
    acts.countersign(live, branch, "anna")
    (made,) = judged(live, branch).promotions
    assert sha256(stale) not in made.approvals


def test_an_approval_of_another_log_is_no_approval(live: World) -> None:
    branch = acts.ready(live, 2)
    acts.countersign(live, branch, "bob", log_id="0" * 32)
    with refused("QUORUM"):
        judged(live, branch)


def test_an_approval_under_another_name_is_refused(live: World) -> None:
    branch = acts.ready(live, 2, "alice")
    data = live.read(f"{places.approvals(MODEL)}/alice.yaml", branch)
    live.commit(branch, {f"{places.approvals(MODEL)}/bob.yaml": data}, "dana")
    with refused("APPROVAL_NAME"):
        judged(live, branch)


def test_an_approval_signed_by_somebody_else_does_not_count(live: World) -> None:
    branch = acts.ready(live, 2, "alice")
    acts.countersign(live, branch, "bob", key=live.key("dana"))
    with refused("QUORUM"):
        judged(live, branch)


def test_approvals_committed_unsigned_and_an_updated_branch_prove_themselves(live: World) -> None:
    branch = acts.ready(live, 2, "alice")
    acts.land(live, acts.ready_loans(live))
    update = live.git.merged_tree(live.tip(branch), live.main)
    assert update
    nobody = Committer("forge", "noreply@forge.example")
    live.put(branch, write_commit(live.git, update, [live.tip(branch), live.main], "Update branch", nobody))
    data = acts.approval(live, "bob", "promote", **bound(live, branch))
    live.commit(branch, {f"{places.approvals(MODEL)}/bob.yaml": data}, by=None)
    assert judged(live, branch).promotions


def test_two_models_merge_in_either_order(live: World) -> None:
    base, other = acts.ready(live, 2), acts.ready_loans(live)
    assert judged(live, base).promotions
    (loans,) = acts.land(live, other)
    (german,) = acts.land(live, base)
    assert [facts(loans), facts(german)] == [(2, "promote", "loans"), (3, "promote", MODEL)]
    assert bool(acts.history(live))


def test_two_proposals_of_one_model_exclude_each_other(live: World) -> None:
    one = acts.ready(live, 2)
    two = acts.ready(live, 3, branch="other")
    assert judged(live, two).promotions
    acts.land(live, one)
    tree = Tree(live.git, live.tip(two)).root
    forced = write_commit(live.git, tree, [live.main, live.tip(two)], "Ours", live.committer("alice"))
    with refused("CONFLICT"):
        live.admit(forced)
    live.commit("rebased", dict.fromkeys(Tree(live.git, live.main).files(places.approvals(MODEL))), "dana")
    proof = Tree(live.git, live.tip(two)).contents(*places.of_model(MODEL))
    live.commit("rebased", {**proof}, "dana")
    with refused("ENTRY_NOT_REBUILT") as refusal:
        judged(live, "rebased")
    assert "replaces 2" in str(refusal.value)


def test_one_merge_may_promote_two_models(live: World) -> None:
    branch = acts.ready_loans(live, branch="both")
    live.commit(branch, {places.spec(MODEL): acts.spec_of(2)}, "dana")
    live.prove(branch)
    made = acts.land(live, acts.countersign(live, branch, "alice", "bob"))
    assert [facts(item) for item in made] == [(2, "promote", MODEL), (3, "promote", "loans")]
    assert bool(acts.history(live))
    assert acts.served(live).number == 2
    assert acts.served(live, "loans").number == 3


def test_one_merge_may_retire_two_models(live: World) -> None:
    acts.land(live, acts.ready_loans(live))
    gone = Tree(live.git, live.main).files(*places.of_model(MODEL), *places.of_model("loans"))
    live.commit("end", dict.fromkeys(gone), "dana")
    acts.retire(live, "end", "alice", "bob")
    acts.retire(live, "end", "anna", model="loans")
    assert [item.kind for item in acts.land(live, "end")] == ["retire", "retire"]
    assert bool(acts.history(live))
    assert acts.stopped(live).retired
    assert acts.stopped(live, "loans").retired


def test_an_expired_trust_promotes_nothing_new_and_takes_back(replaced: World) -> None:
    branch = acts.ready(replaced, 3, days=900)
    back = acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1, days=900)
    assert judged(replaced, branch).promotions
    replaced.now = replaced.trust.spec.expires + timedelta(seconds=1)
    with refused("TRUST_EXPIRED"):
        judged(replaced, branch)
    assert [item.kind for item in acts.land(replaced, back)] == ["restore"]


# -- authors since the last record


def test_what_was_pushed_round_the_gate_keeps_its_author(live: World) -> None:
    live.force(acts.ready(live, 2, "bob", by="alice"))
    assert kinds(live) == [(0, "genesis"), (1, "promote")]
    acts.put_approval(live, "heal", "alice", "promote", places.approvals(MODEL), **bound(live))
    with refused("SELF_APPROVAL"):
        judged(live, "heal")
    acts.put_approval(live, "heal", "anna", "promote", places.approvals(MODEL), **bound(live))
    (made,) = acts.land(live, "heal")
    assert facts(made) == (2, "promote", MODEL)


def bound(world: World, branch: str = "main") -> dict[str, Any]:
    entry = sha256(world.read(places.entry(MODEL), branch))
    return {"model": MODEL, "entry": entry, "reviews": acts.every_review(world), "reproduced": True}


def test_a_lapsed_approval_between_merge_and_record_is_healed_by_approvals_alone(live: World) -> None:
    merged = acts.merge(live, acts.ready(live, 2))
    live.later(days=15)
    recorded = live.record()
    assert recorded.promotions == ()
    assert {oid: refusal.code for oid, refusal in recorded.skipped.items()} == {merged: "QUORUM"}
    assert acts.served(live).version == 1
    for person in ("alice", "bob"):
        acts.put_approval(live, "heal", person, "promote", places.approvals(MODEL), **bound(live))
    (made,) = acts.land(live, "heal")
    assert facts(made) == (2, "promote", MODEL)
    assert [line.commit for line in acts.history(live).skipped] == [merged]
    assert bool(acts.history(live))


def test_a_refused_merge_is_reverted_without_anyones_approval(live: World) -> None:
    before = Tree(live.git, live.main).root
    bad = live.force(acts.ready(live, 2, "bob"))
    live.push(places.MAIN, live.merge_of(acts.revert(live, bad, "back")))
    assert Tree(live.git, live.main).root == before
    assert live.record().promotions == ()
    assert acts.promote(live, 2, branch="afresh").number == 2


# -- datasets


def test_a_dataset_changed_alone_is_refused(live: World) -> None:
    path = places.dataset(MODEL)
    live.commit("data", {path: live.read(path) + b"# a word more\n"}, "dana")
    with refused("DATASET_NOT_OF_TREE"):
        judged(live, "data")


def test_a_dataset_that_nobody_learns_from_yet_is_read(live: World) -> None:
    files: dict[str, bytes | None] = {path: data for path, data in acts.loans().items() if path.startswith("datasets/")}
    live.commit("data", files, "dana")
    assert judged(live, "data").promotions == ()
    live.commit("data", {places.dataset("loans"): b"nothing\n"}, "dana")
    with refused("INVALID_VALUE"):
        judged(live, "data")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("datasets/loans/other.csv", "RAW_DATA"),
        ("datasets/loans/loans.csv", "RAW_DATA"),
        ("datasets/loans/deep/loans.csv", "UNKNOWN_PATH"),
        ("datasets/loans.csv", "UNKNOWN_PATH"),
        ("registry/README.md", "UNKNOWN_PATH"),
        ("model_specs/notes.txt", "UNKNOWN_PATH"),
        ("datasets/none/dataset.csv", "MISSING_FILE"),
    ],
)
def test_files_that_nothing_accounts_for_are_refused(live: World, path: str, code: str) -> None:
    live.commit("data", {**acts.loans(), places.spec("loans"): None, path: b"1,2\n"}, "dana")
    with refused(code):
        judged(live, "data")


def test_data_that_is_not_public_stays_outside(live: World) -> None:
    files: dict[str, bytes | None] = {**acts.loans(), places.spec("loans"): None}
    files[places.dataset("loans")] = acts.loans()[places.dataset("loans")].replace(b"public: true", b"public: false")
    live.commit("data", files, "dana")
    with refused("RAW_DATA"):
        judged(live, "data")


def test_a_dataset_is_called_as_its_folder(live: World) -> None:
    live.commit("data", {places.dataset("other"): acts.loans()[places.dataset("loans")]}, "dana")
    with refused("DATASET_NAME"):
        judged(live, "data")


# -- restore


def test_a_hand_typed_revert_is_a_restore_by_one_operator(replaced: World) -> None:
    proof = Tree(replaced.git, acts.record(replaced, 1).commit).files(*places.of_model(MODEL))
    branch = acts.revert(replaced, replaced.main, "back", by="olga")
    with refused("QUORUM"):
        judged(replaced, branch)
    (made,) = acts.land(replaced, acts.restore(replaced, branch, "olga", to=1))
    assert (made.number, made.kind, made.restores) == (3, "restore", 1)
    found = Tree(replaced.git, replaced.main).files(*places.of_model(MODEL))
    assert found == proof | {path: oid for path, oid in found.items() if path.endswith("olga.restore.yaml")}
    assert acts.served(replaced).version == 1
    assert bool(acts.history(replaced))


def test_who_approved_the_promotion_may_take_it_back(replaced: World) -> None:
    give_operator(replaced, "alice")
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    acts.restore(replaced, branch, "alice", to=1, role="operator")
    (made,) = acts.land(replaced, branch)
    assert facts(made) == (3, "restore", MODEL)


def give_operator(world: World, person: str) -> None:
    def change(spec: acts.Edit) -> None:
        spec["roles"]["operator"] = [*spec["roles"]["operator"], person]

    world.land(acts.propose_trust(world, change))


def test_one_operator_undoes_only_the_last_promotion(replaced: World) -> None:
    acts.promote(replaced, 3)
    git, first = replaced.git, Tree(replaced.git, acts.record(replaced, 1).commit)
    gone = dict.fromkeys(Tree(git, replaced.main).files(*places.of_model(MODEL)))
    replaced.commit("back", {**gone, **first.contents(*places.of_model(MODEL))}, "dana")
    with refused("QUORUM"):
        judged(replaced, acts.restore(replaced, "back", "olga", to=1))
    (made,) = acts.land(replaced, acts.restore(replaced, "back", "alice", "bob", to=1))
    assert made.restores == 1


def test_after_a_restore_a_new_version_and_its_revert_old_restores_are_inert(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "one"), "olga", to=1))
    branch = acts.ready(replaced, 3)
    (three,) = acts.land(replaced, branch)
    back = acts.revert(replaced, replaced.main, "two")
    assert f"{places.approvals(MODEL)}/olga.restore.yaml" in Tree(replaced.git, replaced.tip(back)).files("registry")
    with refused("QUORUM"):
        judged(replaced, back)
    (made,) = acts.land(replaced, acts.restore(replaced, back, "olga", to=1))
    assert (three.number, made.number, made.restores) == (4, 5, 1)
    assert bool(acts.history(replaced))


def test_a_revert_of_a_revert_needs_the_quorum_anew(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "one"), "olga", to=1))
    again = acts.revert(replaced, replaced.main, "two")
    with refused("QUORUM"):
        judged(replaced, again)
    with refused("QUORUM"):
        judged(replaced, acts.restore(replaced, again, "olga", to=2))
    (made,) = acts.land(replaced, acts.restore(replaced, again, "alice", "bob", to=2))
    assert (made.kind, made.restores) == ("restore", 2)
    assert acts.served(replaced).version == 2


def test_a_restore_returns_exactly_what_was(replaced: World) -> None:
    branch = acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1)
    replaced.commit(branch, {places.card(MODEL): b"# Better than it was\n"}, "dana")
    with refused("RESTORE_NOT_EXACT"):
        judged(replaced, branch)


def test_a_restore_wants_its_dataset_back_too(replaced: World) -> None:
    branch = acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1)
    path = places.dataset(MODEL)
    replaced.commit(branch, {path: replaced.read(path) + b"# more\n"}, "dana")
    with refused("DATASET_NOT_OF_TREE"):
        judged(replaced, branch)


def test_what_was_withdrawn_does_not_return(replaced: World) -> None:
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [1]}))
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    with refused("WITHDRAWN"):
        judged(replaced, acts.restore(replaced, branch, "olga", to=1))


@pytest.mark.parametrize(("since", "code"), [(1, "COMPROMISED"), (2, None)])
def test_what_fell_with_a_key_does_not_return(replaced: World, since: int, code: str | None) -> None:
    acts.compromise(replaced, "alice", since)
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    acts.restore(replaced, branch, "olga", to=1)
    if code:
        with refused(code):
            judged(replaced, branch)
    else:
        assert judged(replaced, branch).promotions


def test_a_rule_that_blocks_restores_blocks(replaced: World) -> None:
    rules = acts.propose_rules(replaced, acts.limit(replaced, "parity", "rows", 100_000))
    acts.land(replaced, acts.approve_rules(replaced, rules, "alice", "bob"))
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    with refused("RULE_FAIL") as refusal:
        judged(replaced, acts.restore(replaced, branch, "olga", to=1))
    assert "parity/rows" in str(refusal.value)


def test_a_rule_that_only_warns_lets_a_restore_through(replaced: World) -> None:
    rules = acts.propose_rules(replaced, acts.limit(replaced, "minimum-auc", "auc", 0.99))
    acts.land(replaced, acts.approve_rules(replaced, rules, "alice", "bob"))
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    admission = judged(replaced, acts.restore(replaced, branch, "olga", to=1))
    assert admission.promotions
    assert [item.id for item in admission.judgements[MODEL].failures] == ["minimum-auc/auc"]


# -- retire


def test_the_first_promotion_reverted_is_a_retirement(live: World) -> None:
    back = acts.revert(live, live.main, "end")
    with refused("QUORUM"):
        judged(live, back)
    (made,) = acts.land(live, acts.retire(live, back, "alice", "bob"))
    assert (made.kind, made.entry) == ("retire", None)
    assert acts.stopped(live).retired
    again = acts.revert(live, live.main, "again")
    with refused("QUORUM"):
        judged(live, again)
    (restored,) = acts.land(live, acts.restore(live, again, "alice", "bob", to=1))
    assert (restored.number, restored.restores) == (3, 1)
    assert acts.served(live).version == 1
    assert bool(acts.history(live))


def test_after_a_retirement_a_new_version_replaces_it(live: World) -> None:
    acts.land(live, acts.retire(live, acts.revert(live, live.main, "end"), "alice", "bob"))
    assert acts.promote(live, 2).number == 3
    assert b"replaces: 2" in live.read(places.entry(MODEL))


def test_a_model_ends_whole(live: World) -> None:
    branch = acts.revert(live, live.main, "end")
    live.commit(branch, {places.spec(MODEL): live.read(places.spec(MODEL))}, "dana")
    with refused("ENTRY_MISSING"):
        judged(live, acts.retire(live, branch, "alice", "bob"))


def test_what_never_served_cannot_end(live: World) -> None:
    live.commit("end", {"registry/ghost/approvals/alice.retire.yaml": b"x"}, "dana")
    with refused("NOTHING_TO_RETIRE"):
        judged(live, "end")


# -- rules and keys that change while a proposal waits


def test_a_waiting_proposal_is_judged_by_the_rules_it_meets(live: World) -> None:
    branch = acts.ready(live, 2)
    before = judged(live, branch).judgements[MODEL]
    value = next(item.found for item in before.outcomes if item.id == "minimum-auc/auc")
    low, high = value.split("[")[1].rstrip("]").split(", ")
    between = (float(low) + float(high)) / 2
    rules = acts.propose_rules(live, acts.limit(live, "minimum-auc", "auc", between))
    acts.countersign(live, branch, "alice", "bob", reviews=before.reviews)
    acts.land(live, acts.approve_rules(live, rules, "alice", "bob"))
    with refused("REVIEW_UNDECIDED") as refusal:
        judged(live, branch)
    assert "minimum-auc/auc" in str(refusal.value)
    entry = live.read(places.entry(MODEL), branch)
    acts.countersign(live, branch, "alice", "bob", reviews=(*before.reviews, "minimum-auc/auc"))
    (made,) = acts.land(live, branch)
    assert (made.rules, made.entry) == (2, sha256(entry))


@pytest.mark.parametrize("kept", ["listed", ""])
def test_a_lock_that_changes_while_a_proposal_waits(live: World, kept: str) -> None:
    branch = acts.ready(live, 2)
    lock = live.read(places.LOCK) + b"# a newer one\n"
    rules = acts.propose_rules(live, {places.LOCK: lock}, branch="rules/lock")
    if not kept:
        code = acts.code_of(live).model_copy(update={"lock": sha256(lock)})
        rules = acts.propose_rules(live, {places.LOCK: lock}, branch="rules/drop", code=(code,))
    acts.land(live, acts.approve_rules(live, rules, "alice", "bob"))
    assert acts.served(live).version == 1
    if kept:
        assert acts.land(live, branch)[0].kind == "promote"
        assert bool(acts.history(live))
    else:
        with refused("CODE_NOT_NAMED_BY_RULES"):
            judged(live, branch)


def test_cis_key_rotates_with_an_overlap_while_a_proposal_waits(live: World) -> None:
    branch = acts.ready(live, 2)
    fresh = acts.machine_key(live, "ci-2")
    live.land(acts.propose_trust(live, lambda spec: spec["machines"]["ci"].append(fresh)))
    assert judged(live, branch).promotions
    live.land(acts.propose_trust(live, lambda spec: spec["machines"]["ci"].pop(0), branch="trust/third"))
    with refused("UNKNOWN_KEY"):
        judged(live, branch)
    assert acts.served(live).version == 1
    assert bool(acts.history(live))


def test_a_restore_after_cis_key_and_an_approver_are_gone(replaced: World) -> None:
    fresh = acts.machine_key(replaced, "ci-2")

    def change(spec: acts.Edit) -> None:
        spec["machines"]["ci"] = [fresh]
        del spec["people"]["alice"]
        spec["roles"]["owner"].remove("alice")

    replaced.land(acts.propose_trust(replaced, change), by="anna")
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    acts.restore(replaced, branch, "olga", to=1)
    (made,) = replaced.land(branch, by="anna").promotions
    assert made.restores == 1
    assert acts.served(replaced).approvers == ("olga",)
    assert bool(acts.history(replaced))


@pytest.mark.parametrize("first", ["trust", "rules"])
def test_whoever_merges_second_compiles_the_layout_again_and_approvals_stand(live: World, first: str) -> None:
    fewer = live.read(places.PIPELINE).replace(b"materials: [bom, lock, advisories]", b"materials: [bom, advisories]")
    rules = acts.approve_rules(live, acts.propose_rules(live, {places.PIPELINE: fewer}), "alice", "bob")
    fresh = acts.machine_key(live, "ci-2")
    trust = acts.propose_trust(live, lambda spec: spec["machines"]["ci"].append(fresh))
    assert fewer != live.read(places.PIPELINE)
    live.land({"trust": trust, "rules": rules}[first])
    second = {"trust": rules, "rules": trust}[first]
    with refused("LAYOUT_MISSING"):
        judged(live, second)
    after = Tree(live.git, live.merge_of(second))
    live.commit(second, acts.layout_file(live, after, trust_at(after, live.roots)), "mia")
    live.land(second)
    assert acts.served(live).version == 1
    assert bool(acts.history(live))
