"""Quorum: matching people to slots, and every reason not to count."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from counterseal.documents.approval import ApprovalSpec
from counterseal.values.finding import Refused
from counterseal.verification.quorum import Asked, Countersignature, QuorumResult, count, demand, unfilled

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
