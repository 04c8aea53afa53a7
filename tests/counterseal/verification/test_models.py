"""Promote, restore, retire, or nothing new: each by its own rules, beside what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.spec import Facts
from counterseal.values.finding import Verdict
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
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


# -- several


def test_of_several_models_each_is_judged_though_one_was_refused(world: World) -> None:
    both = ("first", "second")
    branch = "proposal/both"
    for model in both:
        world.prove(world.propose(1, model=model, branch=branch), model)
    waiting = world.assess(branch)
    assert waiting.verdict is Verdict.REVIEW
    assert set(waiting.ground.quorums) == set(both)
    lied = world.read(path := places.model_file("second", "model.json"), branch) + b" "
    world.commit(branch, {path: lied})
    wrong = world.assess(branch)
    assert wrong.verdict is Verdict.FAIL, "what waits for signatures hides nothing that does not hold"
    assert {item.code for item in wrong.findings} == {"QUORUM", "DIGEST"}


# -- promote


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
    branch = acts.ready(replaced, 3, days=366)
    back = acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1, days=366)
    assert judged(replaced, branch).promotions
    replaced.now = replaced.trust.spec.expires + timedelta(seconds=1)
    with refused("TRUST_EXPIRED"):
        judged(replaced, branch)
    assert [item.kind for item in acts.land(replaced, back)] == ["restore"]


# -- authors since the last record


# -- datasets


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
        ("datasets/loans.csv", "RAW_DATA"),
        ("registry/README.md", "UNKNOWN_PATH"),
        ("model_specs/notes.txt", "UNKNOWN_PATH"),
        ("datasets/none/dataset.csv", "RAW_DATA"),
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


def test_one_operator_undoes_only_the_last_promotion(replaced: World) -> None:
    acts.promote(replaced, 3)
    git, first = replaced.git, Tree(replaced.git, acts.record(replaced, 1).commit)
    gone = dict.fromkeys(Tree(git, replaced.main).files(*places.of_model(MODEL)))
    replaced.commit("back", {**gone, **first.contents(*places.of_model(MODEL))}, "dana")
    with refused("QUORUM"):
        judged(replaced, acts.restore(replaced, "back", "olga", to=1))
    (made,) = acts.land(replaced, acts.restore(replaced, "back", "alice", "bob", to=1))
    assert made.restores == 1


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


def test_a_rule_that_blocks_restores_blocks(replaced: World) -> None:
    rules = acts.propose_rules(replaced, acts.limit(replaced, "parity", "rows", 100_000))
    acts.land(replaced, acts.approve_rules(replaced, rules, "alice", "bob"))
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    with refused("RULE_FAIL") as refusal:
        judged(replaced, acts.restore(replaced, branch, "olga", to=1))
    assert "parity/rows" in str(refusal.value)


def test_a_rule_that_only_warns_lets_a_restore_through(replaced: World) -> None:
    rules = acts.propose_rules(replaced, acts.limit(replaced, "quality", "auc", 0.99))
    acts.land(replaced, acts.approve_rules(replaced, rules, "alice", "bob"))
    branch = acts.revert(replaced, acts.record(replaced, 2).commit, "back")
    admission = judged(replaced, acts.restore(replaced, branch, "olga", to=1))
    assert admission.promotions
    assert [item.id for item in admission.judgements[MODEL].failures] == ["quality/auc"]


# -- retire


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
