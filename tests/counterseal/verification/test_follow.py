"""What a server may serve: the last record that holds, whoever wrote the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.verification.follow import follow
from counterseal.verification.log import read_log
from scripts.repository.changes import write_commit
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def test_what_serves_is_what_was_approved(replaced: World) -> None:
    found = acts.served(replaced)
    entry = replaced.read(places.entry(MODEL))
    assert (found.number, found.kind, found.version, found.tier) == (2, "promote", 2, "high")
    assert found.entry == sha256(entry)
    assert found.model_json == replaced.read(places.model_file(MODEL, "model.json"))
    assert found.digest.encode() in entry
    assert found.commit == replaced.main
    assert found.approvers == ("alice", "bob")
    assert found.warnings == ()
    assert not found.golden.mismatches(found.portable, "golden")
    snapshot = acts.snapshot(replaced)
    assert (snapshot.number, snapshot.trust, snapshot.warnings, snapshot.unchecked) == (2, 1, (), ())


def test_a_restore_serves_under_a_new_number(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    found = acts.served(replaced)
    assert (found.number, found.kind, found.version, found.approvers) == (3, "restore", 1, ("olga",))


def test_without_its_log_nothing_is_followed(replaced: World) -> None:
    with refused("LOG_MISSING"):
        follow(replaced.git, replaced.roots, replaced.main, None, replaced.now)


# -- a stolen promoter key


def bogus(world: World) -> dict[str, dict[str, Any]]:
    """Return records that say what never happened, each chained and signed as it should be."""
    one, two = acts.record(world, 1), acts.record(world, 2)
    entry = {"kind": "promote", "model": MODEL, "approvals": two.approvals}
    off = write_commit(world.git, two.tree, [world.main], "beside main", world.committer("dana"))
    return {
        "off main": {**entry, "entry": two.entry, "commit": off},
        "nowhere": {**entry, "entry": two.entry, "commit": "f" * 40},
        "again": {**entry, "entry": one.entry, "approvals": one.approvals, "commit": one.commit},
        "at once": {**entry, "entry": two.entry, "commit": two.commit},
        "another entry": {**entry, "entry": "e" * 64, "commit": two.commit},
        "restored": {"kind": "restore", "model": MODEL, "entry": one.entry, "restores": 1, "commit": world.main},
        "retired": {"kind": "retire", "model": MODEL, "commit": world.main},
    }


@pytest.mark.parametrize("case", ["off main", "nowhere", "again", "at once", "another entry", "restored", "retired"])
def test_a_bogus_record_is_passed_over_then_voided(replaced: World, case: str) -> None:
    acts.write_record(replaced, **bogus(replaced)[case])
    found = acts.served(replaced)
    assert (found.number, found.version) == (2, 2)
    assert found.warnings
    replaced.land(acts.propose_trust(replaced, {"void": [3]}))
    found = acts.served(replaced)
    assert (found.number, found.version, found.warnings) == (2, 2, ())


def test_a_record_of_an_unknown_model_stops_that_model_only(replaced: World) -> None:
    facts = {"kind": "promote", "model": "ghost", "entry": "e" * 64, "commit": replaced.main}
    acts.write_record(replaced, **facts)
    stopped = acts.stopped(replaced, "ghost")
    assert (stopped.retired, stopped.findings[0].code) == (False, "RECORD_DIFFERS")
    assert acts.served(replaced).number == 2


def test_bogus_rules_stop_everything_and_cannot_stop_their_own_revocation(replaced: World) -> None:
    entry = sha256(replaced.read(places.RULES))
    acts.write_record(replaced, kind="rules", entry=entry, commit=replaced.main)
    with refused("RECORD_DIFFERS"):
        acts.snapshot(replaced)
    replaced.land(acts.propose_trust(replaced, {"void": [3]}))
    assert acts.served(replaced).version == 2
    assert acts.promote(replaced, 3).number == 4


# -- main and the log do not fit


def test_a_rewound_main_does_not_fit_its_log(replaced: World) -> None:
    replaced.put("main", acts.record(replaced, 1).commit)
    found = acts.served(replaced)
    assert (found.number, found.version) == (1, 1)
    assert [finding.code for finding in found.warnings] == ["RECORD_OFF_MAIN"]


def test_an_older_log_is_older_by_its_number(replaced: World) -> None:
    old = replaced.git.run("rev-parse", "promotions~1")
    found = follow(replaced.git, replaced.roots, replaced.main, old, replaced.now)
    assert found.number == 1
    assert acts.snapshot(replaced).number == 2


# -- the promoter sleeps


# -- record 0 and its tree


def test_the_log_begins_with_rules_and_without_models(live: World) -> None:
    genesis = acts.record(live, 0).commit
    acts.found_again(live, genesis)
    assert acts.snapshot(live).models == {}
    acts.found_again(live, genesis, entry="0" * 64)
    with refused("GENESIS_RULES"):
        acts.snapshot(live)
    acts.found_again(live, live.main)
    with refused("GENESIS_MODELS"):
        acts.snapshot(live)


def test_the_log_is_read_once_and_by_id(live: World) -> None:
    before = acts.snapshot(live)
    main, promotions = live.main, live.promotions
    acts.promote(live, 2)
    assert follow(live.git, live.roots, main, promotions, live.now) == before
    assert read_log(live.git, promotions, main, live.roots).next_number == 2
