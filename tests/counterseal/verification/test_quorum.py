"""Quorum: matching people to slots, and every reason not to count."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from counterseal.documents.approval import ApprovalSpec
from counterseal.values.finding import Refused
from counterseal.verification.quorum import Countersignature, QuorumResult, count, demand

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROLES = {"owner": ("ann", "bob"), "risk": ("bob", "kim"), "rules": ("kim",)}
PEOPLE = {name: SimpleNamespace(bot=name == "robo") for name in ("ann", "bob", "kim", "robo")}
TRUST: Any = SimpleNamespace(spec=SimpleNamespace(people=PEOPLE, roles={**ROLES, "bot": ("robo",)}))


def approval(person: str, role: str, *, holds: bool = True, days: int = 1, reviews: tuple[str, ...] = ()) -> Any:
    spec = ApprovalSpec.model_validate(
        {
            "log_id": "0" * 32,
            "decision": "promote",
            "role": role,
            "model": "m",
            "entry": "a" * 64,
            "reviews": reviews,
            "reason": "read it",
            "issued": NOW - timedelta(days=9),
            "use_before": NOW + timedelta(days=days),
        }
    )
    return Countersignature(person, spec, person * 8, f"{person}.yaml", holds)


def counted(slots: tuple[str, ...], *approvals: Any, authors: tuple[str, ...] = (), **options: Any) -> QuorumResult:
    return count(approvals, lambda spec: spec.entry == "a" * 64, slots, TRUST, authors, NOW, **options)


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
    result = count([other], lambda _: False, ("owner",), TRUST, (), NOW)
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
    assert count([item], lambda _: True, ("owner",), TRUST, (), None)
