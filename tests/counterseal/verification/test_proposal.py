"""Would it be admitted? The gate's own answer, with nothing moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.verification.proposal import assess, prospective_merge
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World


def refs(world: World) -> str:
    return world.git.run("for-each-ref")


@pytest.mark.parametrize(
    ("bend", "verdict", "code"),
    [
        (lambda world, branch: acts.countersign(world, branch, "alice", "bob"), "PASS", None),
        (lambda world, branch: acts.countersign(world, branch, "alice"), "REVIEW", "QUORUM"),
        (
            lambda world, branch: acts.countersign(world, branch, "alice", "bob", reviews=[]),
            "REVIEW",
            "REVIEW_UNDECIDED",
        ),
        (lambda world, branch: world.commit(branch, {places.card(MODEL): b"x"}, by=None), "FAIL", "DIGEST"),
        (lambda world, branch: world.commit(branch, {"docs/x.md": b"x"}, "dana"), "FAIL", "MIXED_AREAS"),
    ],
)
def test_it_is_judged_as_the_gate_would(
    live: World, bend: Callable[[World, str], object], verdict: str, code: str | None
) -> None:
    branch = live.propose(2)
    live.prove(branch)
    bend(live, branch)
    before = refs(live)
    found = live.assess(branch)
    assert found.verdict == verdict
    assert [finding.code for finding in found.findings][:1] == ([code] if code else [])
    assert (found.admission is None) == bool(code)
    assert refs(live) == before
    if verdict != "FAIL":
        assert found.ground.judgements[MODEL].reviews
        assert found.ground.quorums[MODEL].slots == ("owner", "risk")


def test_there_is_something_to_merge(live: World) -> None:
    with refused("NOTHING_TO_MERGE"):
        prospective_merge(live.git, live.main, live.main)


def test_a_conflict_is_named(live: World) -> None:
    live.commit("other", {places.spec(MODEL): b"one\n"}, "dana")
    live.commit("mine", {places.spec(MODEL): b"two\n"}, "dana")
    live.force("other")
    with refused("CONFLICT"):
        assess(live.git, live.roots, live.log(), live.main, live.tip("mine"), live.now)
