"""Attacks on what a server is shown: old, frozen, counted up, rewritten, gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from scripts.repository.changes import Committer, write_commit, write_tree
from tests.attacks.forging import NEXT, landed
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.attack import Attack
    from tests.attacks.follower import Follower
    from tests.support.world import World

    Start = Callable[..., Follower]


def test_02_rollback(attack: Attack, renewed: World, follower: Start) -> None:
    server = follower(renewed)
    server.poll()
    attack.control(server.version(MODEL) == 2)
    main, promotions = renewed.main, renewed.promotions
    renewed.put("promotions", renewed.git.first_parents(None, promotions)[-2])
    attack.found(*server.said())
    renewed.put("main", acts.record(renewed, 1).commit)
    attack.found(*server.said())
    assert server.version(MODEL) == 2
    restarted = follower(renewed)
    assert restarted.said() == ["REWOUND_MAIN"]
    renewed.put("main", main)
    renewed.put("promotions", promotions)
    with attack.refused("REWOUND_MAIN"):
        renewed.push(places.MAIN, acts.record(renewed, 1).commit)


def test_03_freeze(attack: Attack, renewed: World, follower: Start) -> None:
    server = follower(renewed, "new", min_promotion=2)
    attack.control(server.poll().snapshot)
    renewed.later(days=3)
    aged = server.source.renew()
    assert aged
    attack.found(*(warning.code for warning in aged.warnings))
    renewed.put("promotions", renewed.git.first_parents(None, renewed.promotions)[-2])
    attack.found(*follower(renewed, "empty", min_promotion=2).said())
    attack.found(*follower(renewed, "other", min_trust=2).said())


def test_04_fast_forward(attack: Attack, ready: World) -> None:
    last = acts.record(ready, 1)
    facts = last.model_dump(exclude={"number", "previous", "time"})
    before = ready.promotions
    acts.write_record(ready, **facts, number=999_999)
    with attack.refused("LOG_FILES"):
        ready.record()
    ready.put("promotions", before)
    data = ready.read(places.trust(1))
    ready.commit("trust/9", {places.trust(9): data}, "rita")
    with attack.refused("TRUST_STEP"):
        acts.merge(ready, "trust/9")
    acts.write_record(ready, **facts, time=ready.now.replace(year=2099))  # a key was stolen: nothing newer can follow
    acts.merge(ready, acts.propose_trust(ready, {"void": [2]}))
    ready.record()
    attack.control(landed(ready)[0].number == 3)


def test_14_rewritten_history(attack: Attack, ready: World, follower: Start) -> None:
    server = follower(ready)
    server.poll()
    first = ready.main
    for ref, code in (
        ("refs/heads/promotions", "PROMOTIONS_PROTECTED"),
        ("refs/tags/v1", "REF_NAME"),
        ("refs/heads/Main", "REF_NAME"),
    ):
        with attack.refused(code):
            ready.push(ref, ready.tip(NEXT))
    with attack.refused("DELETION"):
        ready.push(places.MAIN, "0" * 40)
    rewritten = write_commit(
        ready.git, write_tree(ready.git, None, {}), [], "squashed", Committer("eve", "eve@localhost")
    )
    with attack.refused("REWOUND_MAIN"):
        ready.push(places.MAIN, rewritten)
    ready.put("main", rewritten)
    attack.found(*server.said())
    ready.put("main", first)
    attack.control(landed(ready) and server.poll().snapshot)


def test_50_deletion(attack: Attack, ready: World, follower: Start) -> None:
    server = follower(ready)
    server.poll()
    kept = ready.main
    ready.git.run("update-ref", "-d", places.MAIN)
    attack.found(*server.said())
    ready.forge.rename(ready.forge.with_name("gone"))
    attack.found(*server.said())
    assert server.version(MODEL) == 1
    ready.forge.with_name("gone").rename(ready.forge)
    ready.put("main", kept)
    attack.control(landed(ready) and server.poll().snapshot and server.version(MODEL) == 2)
