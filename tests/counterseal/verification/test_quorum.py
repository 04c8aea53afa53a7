"""Quorum: matching people to slots, and every reason not to count; then the same on a real repository."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto.sealed import seal
from counterseal.documents import places
from counterseal.documents.approval import Approval, ApprovalSpec
from counterseal.documents.spec import ModelSpec
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.quorum import Asked, Countersignature, QuorumResult, count, demand, unfilled
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.signing.keys import read_key, sign
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.verification.ground import Admission
    from tests.support.world import World

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROLES = {"owner": ("ann", "bob"), "risk": ("bob", "kim", "kay"), "rules": ("kim",)}
PEOPLE = {name: SimpleNamespace(bot=name == "robo") for name in ("ann", "bob", "kim", "kay", "robo")}
TRUST: Any = SimpleNamespace(spec=SimpleNamespace(people=PEOPLE, roles={**ROLES, "bot": ("robo",)}))


def approval(person: str, role: str, *, holds: bool = True, days: int = 1, **facts: Any) -> Any:
    spec = ApprovalSpec.model_validate(
        {
            "log_id": "0" * 32,
            "decision": "promote",
            "role": role,
            "model": "m",
            "entry": "a" * 64,
            "reason": "read it",
            "issued": NOW - timedelta(days=9),
            "use_before": NOW + timedelta(days=days),
        }
        | facts
    )
    return Countersignature(person, spec, person * 8, f"{person}.yaml", holds)


def counted(slots: tuple[str, ...], *approvals: Any, authors: tuple[str, ...] = (), **asked: Any) -> QuorumResult:
    return count(approvals, lambda spec: spec.entry == "a" * 64, Asked(slots, **asked), TRUST, authors, NOW)


def test_slots_are_matched_and_not_taken_greedily() -> None:
    assert counted(("owner", "risk"), approval("bob", "owner"), approval("ann", "owner"))
    assert counted(("risk", "owner"), approval("ann", "owner"), approval("bob", "owner"))


def test_one_person_fills_one_slot() -> None:
    assert not counted(("owner", "risk"), approval("bob", "owner"))
    assert not counted(("owner", "risk"), approval("bob", "owner"), approval("bob", "risk"))


def test_no_slots_is_no_quorum() -> None:
    assert not counted((), approval("bob", "owner"))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (approval("ann", "owner", holds=False), "has no valid signature"),
        (approval("eve", "owner"), "has no valid signature"),
        (approval("robo", "bot"), "is a bot"),
        (approval("ann", "risk"), "is not risk"),
        (approval("ann", "owner", days=-1), "signed what has lapsed"),
    ],
)
def test_what_does_not_count_says_why(item: Any, reason: str) -> None:
    result = counted(("owner",), item)
    assert not result
    assert result.ignored[item.person].startswith(reason)


def test_an_approval_that_binds_something_else_is_inert() -> None:
    other = approval("ann", "owner")
    result = count([other], lambda _: False, Asked(("owner",)), TRUST, (), NOW)
    assert not result
    assert not result.ignored


def test_authors_do_not_approve_their_own() -> None:
    assert counted(("owner",), approval("ann", "owner"))
    with pytest.raises(Refused) as refusal:
        demand(counted(("owner",), approval("ann", "owner"), authors=("ann",)), "here")
    assert refusal.value.code == "SELF_APPROVAL"


def test_every_review_is_decided_by_each_who_counts() -> None:
    assert counted(("owner",), approval("ann", "owner", reviews=("a/b",)), reviews=("a/b",))
    with pytest.raises(Refused) as refusal:
        demand(counted(("owner",), approval("ann", "owner"), reviews=("a/b",)), "here")
    assert refusal.value.code == "REVIEW_UNDECIDED"
    assert "a/b" in str(refusal.value)


def test_the_refusal_names_who_is_missing() -> None:
    with pytest.raises(Refused, match="different people as owner and risk, found ann"):
        demand(counted(("owner", "risk"), approval("ann", "owner")), "here")


def test_without_a_log_nothing_lapses() -> None:
    item = approval("ann", "owner", days=-1)
    assert count([item], lambda _: True, Asked(("owner",)), TRUST, (), None)


def code(result: QuorumResult) -> str:
    with pytest.raises(Refused) as refusal:
        demand(result, "here")
    return refusal.value.code


def test_a_role_that_is_not_asked_for_counts_for_nothing() -> None:
    assert counted(("owner",), approval("kim", "risk"), approval("ann", "owner")).ignored == {
        "kim": "signed as risk, which is not asked for"
    }
    assert not counted(("owner",), approval("bob", "risk"))
    assert counted(("owner",), approval("bob", "owner"))


def test_a_role_that_only_a_bot_holds_is_never_filled() -> None:
    assert code(counted(("bot",), approval("robo", "bot"))) == "QUORUM"


def test_the_same_person_twice_is_one_person() -> None:
    twice = [approval("bob", "owner"), approval("bob", "risk", days=3)]
    assert not counted(("owner", "risk"), *twice)
    assert counted(("owner", "risk"), *twice).people == ("bob",)
    assert not counted(("owner",), *twice, bots=("robo",)), "nor the one human more"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"issued": NOW + timedelta(hours=24)}, ""),
        ({"issued": NOW + timedelta(hours=24, seconds=1)}, "signed with a date in the future"),
        ({"use_before": NOW}, ""),
        ({"use_before": NOW - timedelta(seconds=1)}, "signed what has lapsed since"),
        ({"reviews": ("a/b", "a/b", "no/such")}, ""),
    ],
)
def test_times_hold_to_the_second_and_more_reviews_than_asked_do_no_harm(facts: dict[str, Any], reason: str) -> None:
    item = approval("ann", "owner", **{"use_before": NOW + timedelta(days=9)} | facts)
    result = counted(("owner",), item, reviews=("a/b",) if "reviews" in facts else ())
    assert result.ignored.get("ann", "") == reason
    assert bool(result) is not bool(reason)


def test_what_a_bot_wrote_needs_one_human_more() -> None:
    two = [approval("ann", "owner"), approval("bob", "risk")]
    result = counted(("owner", "risk"), *two, bots=("robo",))
    assert result.lacks == ("human",)
    assert code(result) == "BOT_AUTHOR"
    with pytest.raises(Refused, match="one human more, for robo, a bot"):
        demand(result, "here")
    assert counted(("owner", "risk"), *two, bots=())
    assert counted(("owner", "risk"), *two, approval("kim", "risk"), bots=("robo",))


def test_the_human_more_does_not_stand_in_for_a_role() -> None:
    two_of_risk = [approval("kim", "risk"), approval("kay", "risk")]
    assert code(counted(("owner",), *two_of_risk, bots=("robo",))) == "QUORUM"
    assert code(counted(("owner", "risk"), *two_of_risk, bots=("robo",))) == "QUORUM"
    assert counted(("owner", "risk"), *two_of_risk, approval("ann", "owner"), bots=("robo",))


def test_somebody_recomputes_the_metrics() -> None:
    def two(*, word: bool) -> list[Any]:
        return [approval("ann", "owner"), approval("bob", "risk", reproduced=word)]

    assert code(counted(("owner", "risk"), *two(word=False), reproduced=True)) == "NOBODY_REPRODUCED"
    assert counted(("owner", "risk"), *two(word=True), reproduced=True)
    assert counted(("owner", "risk"), *two(word=False), reproduced=False)


def test_the_word_of_somebody_who_does_not_count_is_no_word() -> None:
    robo, ann = approval("robo", "bot", reproduced=True), approval("ann", "owner")
    assert code(counted(("owner",), ann, robo, reproduced=True)) == "NOBODY_REPRODUCED"
    kim = approval("kim", "risk", reproduced=True)
    author = counted(("owner",), ann, kim, authors=("kim",), reproduced=True)
    assert code(author) == "NOBODY_REPRODUCED"


def test_missing_people_are_told_before_what_they_have_to_do() -> None:
    assert code(counted(("owner", "risk"), approval("ann", "owner"), bots=("robo",), reproduced=True)) == "QUORUM"


def test_what_is_unfilled_is_what_no_exchange_fills() -> None:
    assert unfilled(("owner", "risk"), ["bob", "ann"], ROLES) == ()
    assert unfilled(("owner", "risk"), ["ann"], ROLES) == ("risk",)
    assert unfilled(("risk", "risk"), ["kim", "kim"], ROLES) == ("risk",)


# -- on a real repository


def judged(world: World, branch: str) -> Admission:
    return world.admit(world.merge_of(branch))


def ready(world: World, *people: str, by: str = "dana", signer: str = "", message: str = "") -> str:
    """Return a branch with version 2: its spec committed by somebody, in some way, and countersigned."""
    branch = world.propose(2)
    path = places.spec(MODEL)
    text = world.read(path, branch)
    who = Committer(by, f"{by}@acme.example", world.key(signer or by))
    tree = write_tree(world.git, world.tip(branch), {path: text.replace(b"version: 2", b"version: 3")})
    world.put(branch, write_commit(world.git, tree, [world.tip(branch)], message or "Version 3", who))
    world.prove(branch)
    return acts.countersign(world, branch, *people)


WAYS: dict[str, dict[str, str]] = {
    "as the signer, under another's address": {"by": "dana", "signer": "alice"},
    "as author and committer, signed by another": {"by": "alice", "signer": "dana"},
    "as a co-author": {"by": "dana", "message": "Three\n\nco-authored-by: A <Alice@ACME.example>"},
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_had_a_hand_in_it_does_not_approve_it(live: World, way: str) -> None:
    branch = ready(live, "alice", "bob", **WAYS[way])
    with refused("SELF_APPROVAL") as refusal:
        judged(live, branch)
    assert "alice wrote part of it" in str(refusal.value)
    acts.countersign(live, branch, "anna")
    assert judged(live, branch).promotions


def test_an_address_nobody_is_known_by_excuses_and_accuses_nobody(live: World) -> None:
    branch = ready(live, "alice", "bob", message="Three\n\nCo-authored-by: Alice <alice@elsewhere.example>")
    assert judged(live, branch).promotions


def with_keys(world: World, person: str, *names: str) -> None:
    """Have the roots give a person more keys, and all the roles that the highest tier asks for."""

    def change(spec: acts.Edit) -> None:
        spec["people"][person]["keys"] += [acts.make_key(world.folder / "people" / name) for name in names]
        spec["roles"]["risk"].append(person)

    world.land(acts.propose_trust(world, change), by="mia")


def test_a_person_with_three_keys_and_two_roles_counts_once(live: World) -> None:
    with_keys(live, "alice", "alice-2", "alice-3")
    branch = acts.ready(live, 2, "alice")
    path = f"{places.approvals(MODEL)}/alice.yaml"
    spec = Approval.open(live.read(path, branch), path)[0].spec
    body = Approval.of("alice", spec).write()
    keys = {name: read_key(str(live.folder / "people" / name)) for name in ("alice", "alice-2", "alice-3")}
    for name in ("alice-2", "alice-3"):
        live.commit(branch, {path: seal(body, {"alice": sign(keys[name], body)})}, by=None)
        result = live.assess(branch).ground.quorums[MODEL]
        assert (result.people, result.unfilled) == (("alice",), ("risk",)), f"{name} is hers"
    every = seal(body, {name: sign(key, body) for name, key in keys.items()})
    live.commit(branch, {path: every}, by=None)
    assert live.assess(branch).ground.quorums[MODEL].people == ("alice",)
    with refused("QUORUM"):
        judged(live, branch)
    acts.countersign(live, branch, "bob")
    assert judged(live, branch).promotions, "the control: another person"


def test_another_key_of_an_author_is_still_theirs(live: World) -> None:
    with_keys(live, "anna", "anna-2")
    branch = live.propose(2)
    spec = live.read(places.spec(MODEL), branch) + b"\n"
    tree = write_tree(live.git, live.tip(branch), {places.spec(MODEL): spec})
    who = Committer("x", "x@example.org", read_key(str(live.folder / "people" / "anna-2")))
    live.put(branch, write_commit(live.git, tree, [live.tip(branch)], "By the second key", who))
    live.prove(branch)
    with refused("SELF_APPROVAL"):
        judged(live, acts.countersign(live, branch, "anna", "bob"))
    acts.countersign(live, branch, "alice")
    assert judged(live, branch).promotions


def test_who_was_retired_before_the_merge_does_not_count(live: World) -> None:
    branch = acts.ready(live, 2)
    assert judged(live, branch).promotions

    def change(spec: acts.Edit) -> None:
        del spec["people"]["bob"]
        spec["roles"]["risk"].remove("bob")

    live.land(acts.propose_trust(live, change), by="mia")
    with refused("QUORUM") as refusal:
        judged(live, branch)
    assert "bob has no valid signature by a key trusted now" in str(refusal.value)
    acts.countersign(live, branch, "bill")
    assert judged(live, branch).promotions


def test_two_people_cannot_share_a_key(live: World) -> None:
    def change(spec: acts.Edit) -> None:
        spec["people"]["bill"]["keys"] = [f"{spec['people']['bob']['keys'][0]} another comment"]

    with pytest.raises(ValueError, match="each key in one place only"):
        acts.changed_trust(live, change)


# -- the metrics are recomputed


def test_in_the_highest_tier_somebody_recomputes_the_metrics(live: World) -> None:
    branch = acts.ready(live, 2)
    acts.countersign(live, branch, "alice", "bob", reproduced=False)
    with refused("NOBODY_REPRODUCED"):
        judged(live, branch)
    assert live.assess(branch).verdict is Verdict.REVIEW, "a signature mends it"
    acts.countersign(live, branch, "bob")
    (made,) = acts.land(live, branch)
    assert bool(acts.history(live))
    assert acts.served(live).number == made.number


def test_in_a_lower_tier_nobody_has_to(live: World) -> None:
    branch = acts.ready_loans(live)
    acts.countersign(live, branch, "anna", model="loans", reproduced=False)
    assert judged(live, branch).promotions


def test_a_promotion_falls_with_the_one_key_whose_word_it_was(live: World) -> None:
    branch = acts.ready(live, 2)
    acts.countersign(live, branch, "alice", "bob", "anna", reproduced=False)
    acts.countersign(live, branch, "anna")
    acts.land(live, branch)
    assert acts.served(live).number == 2
    acts.compromise(live, "alice", 2)
    assert acts.served(live).number == 2, "anna is an owner, too, and it was her word"
    acts.compromise(live, "anna", 2)
    assert [item.code for item in acts.stopped(live).findings] == ["COMPROMISED"]


# -- what a bot wrote


def by_signing(world: World) -> str:
    return world.propose(2, by="robo")


def by_being_named(world: World) -> str:
    branch = world.propose(2)
    path = places.spec(MODEL)
    text = world.read(path, branch) + b"\n"
    world.commit(branch, {path: text}, "dana", "More\n\nCo-authored-by: robo <robo@acme.example>")
    return branch


def by_describing_the_data(world: World) -> str:
    branch = world.propose(2)
    path = places.dataset(MODEL)
    world.commit(branch, {path: world.read(path) + b"\n"}, "robo", "A line")
    return branch


@pytest.mark.parametrize("wrote", [by_signing, by_being_named, by_describing_the_data])
def test_what_a_bot_wrote_is_approved_by_one_human_more(live: World, wrote: Any) -> None:
    branch = wrote(live)
    live.prove(branch)
    acts.countersign(live, branch, "alice", "bob")
    with refused("BOT_AUTHOR") as refusal:
        judged(live, branch)
    assert "one human more, for robo, a bot" in str(refusal.value)
    assert live.assess(branch).verdict is Verdict.REVIEW
    acts.countersign(live, branch, "robo")
    with refused("BOT_AUTHOR"):
        judged(live, branch)
    acts.countersign(live, branch, "bill")
    (made,) = acts.land(live, branch)
    assert len(made.approvals) == 3
    after = acts.ready(live, 4, branch="next")
    assert judged(live, after).promotions, "the control: what a human wrote since asks for no more"


def test_evidence_that_a_bot_committed_asks_for_nobody_more(live: World) -> None:
    branch = live.propose(2)
    live.prove(branch)
    files = live.git.changes(live.main, live.tip(branch))
    changed = {item.path: live.read(item.path, branch) if item.after else None for item in files}
    spec = {places.spec(MODEL): changed.pop(places.spec(MODEL))}
    live.commit("proposal/signed", spec, "dana")
    live.commit("proposal/signed", changed, "robo", "Evidence")
    acts.countersign(live, "proposal/signed", "alice", "bob")
    assert judged(live, "proposal/signed").promotions


def test_what_a_bot_pushed_round_the_gate_still_needs_one_human_more(live: World) -> None:
    live.force(acts.ready(live, 2, "bob", by="robo"))
    bound = {
        "model": MODEL,
        "entry": sha256(live.read(places.entry(MODEL))),
        "reviews": acts.every_review(live),
        "reproduced": True,
    }
    acts.put_approval(live, "heal", "alice", "promote", places.approvals(MODEL), **bound)
    with refused("BOT_AUTHOR"):
        judged(live, "heal")

    def let_go(spec: acts.Edit) -> None:
        del spec["people"]["robo"]
        spec["roles"]["owner"].remove("robo")

    live.push(places.MAIN, live.merge_of(acts.propose_trust(live, let_go), by="mia"))
    with refused("BOT_AUTHOR"):
        judged(live, "heal")
    acts.put_approval(live, "heal", "anna", "promote", places.approvals(MODEL), **bound)
    assert judged(live, "heal").promotions


# -- who wrote the data


def test_whoever_wrote_data_that_a_model_takes_up_later_does_not_approve_it(live: World) -> None:
    acts.land(live, acts.ready_loans(live))
    fresh = acts.loans(seed=2)
    data = fresh[places.dataset("loans", "loans.csv")]
    described = fresh[places.dataset("loans")].replace(b"name: loans", b"name: others")
    live.commit("data", {places.dataset("others"): described, places.dataset("others", "loans.csv"): data}, "anna")
    live.push(places.MAIN, live.merge_of("data"))
    live.record()
    acts.promote(live, 2)
    acts.land(live, ready_loans_on(live, "loans", 2, "alice"))
    branch = ready_loans_on(live, "others", 3, "anna")
    with refused("SELF_APPROVAL"):
        judged(live, branch)
    acts.countersign(live, branch, "alice", model="loans")
    assert judged(live, branch).promotions


def ready_loans_on(world: World, dataset: str, version: int, *people: str) -> str:
    path = places.spec("loans")
    spec = ModelSpec.read(acts.loans()[path], path).spec.model_copy(update={"version": version, "dataset": dataset})
    branch = f"proposal/loans-v{version}"
    world.commit(branch, {path: ModelSpec.of("loans", spec).write()}, "dora", "Another version")
    world.prove(branch, "loans")
    return acts.countersign(world, branch, *people, model="loans")
