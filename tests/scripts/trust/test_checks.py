"""What a trust version must be able to do, asked of trusts that nobody signs."""

from __future__ import annotations

from typing import Any

import pytest

from counterseal.values.finding import Refused
from scripts.trust.checks import check_quorums, fillable, signable, warnings
from tests.goldens.examples import ssh_key, trust

ROLES = {"owner": ("ann", "bob"), "risk": ("bob", "kim")}
EVERYBODY = frozenset({"ann", "bob", "kim"})


@pytest.mark.parametrize(
    ("slots", "free", "can"),
    [
        (("owner", "risk"), EVERYBODY, True),
        (("owner", "owner", "risk"), EVERYBODY, True),
        (("owner", "owner", "risk", "risk"), EVERYBODY, False),
        (("owner", "risk"), frozenset({"bob"}), False),
        (("owner", "risk"), frozenset({"ann", "bob"}), True),
        (("auditor",), EVERYBODY, False),
        ((), frozenset[str](), True),
    ],
)
def test_a_person_fills_one_slot(slots: tuple[str, ...], free: frozenset[str], can: bool) -> None:  # noqa: FBT001
    assert fillable(slots, ROLES, free) is can


def with_root(version: int, members: list[str], threshold: int, **keys: list[str]) -> Any:
    plain = trust().plain()["spec"]["people"]
    people = plain | {name: plain[name] | {"keys": lines} for name, lines in keys.items()}
    return trust(version, people=people, root={"members": members, "threshold": threshold})


FRESH = [ssh_key("fresh")]
BOTH = [ssh_key("ann"), ssh_key("fresh")]


@pytest.mark.parametrize(
    ("before", "after", "can"),
    [
        ((2, ["ann", "kim"], {}), (2, ["ann", "kim"], {}), True),
        ((2, ["ann", "kim"], {}), (2, ["ann", "kim"], {"ann": FRESH}), False),
        ((2, ["ann", "kim"], {}), (2, ["ann", "kim"], {"ann": BOTH}), True),
        ((2, ["ann", "kim", "bob"], {}), (2, ["ann", "kim", "bob"], {"ann": FRESH}), True),
        ((1, ["ann", "kim"], {}), (1, ["ann", "kim"], {"ann": FRESH}), True),
        ((1, ["ann"], {}), (1, ["ann"], {"ann": FRESH}), False),
        ((2, ["ann", "kim"], {}), (2, ["bob", "dana"], {}), True),
        ((2, ["ann", "kim"], {}), (3, ["ann", "kim", "bob"], {"ann": FRESH}), False),
    ],
)
def test_each_root_person_signs_once_with_one_key(before: Any, after: Any, can: bool) -> None:  # noqa: FBT001
    old, new = (with_root(n, side[1], side[0], **side[2]) for n, side in ((1, before), (2, after)))
    assert signable(old, new) is can


def test_a_quorum_that_only_a_bot_could_fill_is_refused_by_name() -> None:
    roles = trust().plain()["spec"]["roles"]
    check_quorums(trust(), "roster", "mend")
    for name, change in (("low", {"model-owner": ["robo"]}), ("undoing a promotion", {"operator": ["robo"]})):
        with pytest.raises(Refused) as refused:
            check_quorums(trust(roles=roles | change), "roster", "mend")
        assert refused.value.code == "QUORUM_UNFILLABLE"
        assert name in str(refused.value)


def test_what_is_allowed_and_may_surprise_is_said() -> None:
    said = " ".join(warnings(trust()))
    assert "every root person is needed" in said
    assert "no quorum asks for data-scientist" in said
    assert "nothing that ann" not in said
    roles = trust().plain()["spec"]["roles"] | {"risk": ["kim"]}
    assert "nothing that kim wrote could be approved for high, rules, waivers" in " ".join(warnings(trust(roles=roles)))
