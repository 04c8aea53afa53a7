"""What serves is judged again when trust, rules, waivers, advisories or the clock change, and a restart finds the same.

Each row is one change. A server that was running meets it by its next poll, or by its clock; another one starts on the
same state folder after it, with and without the remote. All three must stand the same.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values import instant
from counterseal.values.digest import sha256
from counterseal.verification.follow import follow
from scripts.forge.promote import promote
from serving.poller import attempt, review
from serving.process import open_audit
from serving.service import Service
from serving.source import Source
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serving.settings import Settings
    from serving.table import Closed
    from tests.support.world import World

IMPOSSIBLE = {"rows": 100_000}
DAYS_OF_TRUST = 400


def compromised(world: World) -> None:
    acts.compromise(world, "alice", 1)


def withdrawn(world: World) -> None:
    world.land(acts.propose_trust(world, {"withdrawn": [1]}))


def trust_expires(world: World) -> None:
    world.later(days=DAYS_OF_TRUST)


def approvals_lapse(world: World) -> None:
    world.later(days=25)


def wrong_bytes(world: World) -> None:
    """A stolen promoter key records a version whose model is not the one that was approved."""
    branch, path = acts.ready(world, 2), places.model_file(MODEL, "model.json")
    world.commit(branch, {path: world.read(path, branch).replace(b'"threshold": 0.', b'"threshold": 0.1')}, None)
    entry = sha256(world.read(places.entry(MODEL), branch))
    acts.write_record(world, kind="promote", model=MODEL, entry=entry, commit=world.force(branch))


def rule(**facts: Any) -> Callable[[World], None]:
    return lambda world: acts.change_rules(world, acts.set_policy(world, "parity", limits=IMPOSSIBLE, **facts))


def rule_of_tomorrow(world: World) -> None:
    tomorrow = instant.render(world.now + timedelta(days=1))
    acts.change_rules(world, acts.set_policy(world, "parity", limits=IMPOSSIBLE, on_live="stop", effective_on=tomorrow))


def rule_of_yesterday(world: World) -> None:
    rule_of_tomorrow(world)
    world.later(days=1)


def vulnerable(world: World) -> None:
    acts.advise(world, {"scikit-learn": "CVE-2027-1"})


def vulnerable_and_strict(world: World) -> None:
    acts.change_rules(world, acts.set_policy(world, "vulnerability", on_live="stop"))
    vulnerable(world)


def waived(world: World) -> None:
    vulnerable_and_strict(world)
    acts.waive(world, acts.waiver(world, "vulnerability/known", "pkg:pypi/scikit-learn@1.9.1 CVE-2027-1", days=20))


def waiver_ends(world: World) -> None:
    waived(world)
    world.later(days=20)


def waiver_changed_round_the_gate(world: World) -> None:
    waived(world)
    found = "pkg:pypi/scikit-learn@1.9.1 CVE-2027-1"
    world.commit("longer", acts.waiver(world, "vulnerability/known", found, days=90), "bob")
    world.force("longer")


def advisories_go_stale(world: World) -> None:
    acts.change_rules(world, acts.set_policy(world, "vulnerability", on_live="stop"))
    world.later(days=40)


def nothing(_: World) -> None:
    return None


#: change → what is told, and whether the model stops
ROWS: dict[str, tuple[Callable[[World], None], tuple[str, ...], bool]] = {
    "nothing": (nothing, (), False),
    "a compromised key": (compromised, ("COMPROMISED",), True),
    "a withdrawal": (withdrawn, ("WITHDRAWN",), True),
    "wrong bytes": (wrong_bytes, ("DIGEST",), False),
    "expired trust": (trust_expires, ("RULE_FAIL", "STALE", "TRUST_EXPIRED"), False),
    "lapsed approvals": (approvals_lapse, ("STALE",), False),
    "a rule that warns": (rule(on_live="warn"), ("RULE_FAIL",), False),
    "a rule that stops": (rule(on_live="stop"), ("RULE_FAIL",), True),
    "a rule of tomorrow": (rule_of_tomorrow, ("RULE_FAIL",), False),
    "a rule whose day has come": (rule_of_yesterday, ("RULE_FAIL",), True),
    "a vulnerability": (vulnerable, ("RULE_FAIL",), False),
    "a vulnerability, strictly": (vulnerable_and_strict, ("RULE_FAIL",), True),
    "a waiver": (waived, ("RULE_WAIVED",), False),
    "a waiver that ended": (waiver_ends, ("RULE_FAIL", "STALE"), True),
    "a waiver changed round the gate": (waiver_changed_round_the_gate, ("RULE_FAIL", "WAIVER_NOT_ADMITTED"), True),
    "stale advisories": (advisories_go_stale, ("RULE_REVIEW", "STALE"), False),
}


@dataclass
class Server:
    """A server without its threads: both are asked in turn."""

    source: Source
    service: Service

    def turn(self) -> None:
        self.service.take(attempt(self.source.poll))
        self.service.take(review(self.source))

    @property
    def stands(self) -> tuple[Any, ...]:
        table = self.service.table
        routes = {name: route.served for name, route in table.routes.items()}
        return routes, dict(table.closed), table.warnings, table.number, table.trust, table.main

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted({finding.code for finding in self.service.warnings()}))

    @property
    def closed(self) -> list[Closed]:
        return list(self.service.table.closed.values())

    def told(self) -> set[str]:
        return {event.code for event in self.service.events.latest()}


@pytest.fixture
def start(promoted: World, make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server, on a copy of the state folder if another one runs."""
    audits = []

    def begin(state: str = "state", **changed: Any) -> Server:
        folder = tmp_path / state
        if state != "state":
            shutil.copytree(tmp_path / "state", folder)
            shutil.rmtree(folder / "audit")
        facts = {"remote": str(promoted.forge), "clock": lambda: promoted.now, "state": folder, **changed}
        settings = make_settings(**facts)
        audits.append(open_audit(settings))
        server = Server(Source(settings, promoted.roots, follow), Service(settings, audits[-1]))
        server.service.take(attempt(server.source.resume))
        return server

    yield begin
    for audit in audits:
        audit.close()


@pytest.mark.parametrize("row", ROWS)
def test_running_and_restarted_servers_stand_the_same(promoted: World, start: Any, row: str) -> None:
    change, codes, stops = ROWS[row]
    running = start()
    running.turn()
    change(promoted)
    running.turn()
    assert (running.codes, bool(running.closed)) == (codes, stops)
    assert set(codes) - {finding.code for item in running.closed for finding in item.findings} <= running.told()
    assert ("CLOSED" in running.told()) == stops
    assert bool(running.service.unready()) == stops
    restarted = start("again")
    restarted.turn()
    alone = start("alone", remote=str(promoted.folder / "gone"))
    alone.turn()
    assert restarted.stands == running.stands
    assert alone.stands == running.stands


def test_a_clock_that_is_set_back_brings_nothing_back(promoted: World, start: Any) -> None:
    running = start()
    running.turn()
    waiver_ends(promoted)
    running.turn()
    before = running.stands
    promoted.later(days=-20)
    running.turn()
    restarted = start("again")
    restarted.turn()
    assert running.closed
    assert running.stands == restarted.stands == before
    assert running.source.now() == restarted.source.now() == promoted.now + timedelta(days=20)


def test_a_head_that_was_signed_again_ends_the_warning(promoted: World, start: Any) -> None:
    running = start()
    running.turn()
    promoted.later(hours=49)
    running.turn()
    assert (running.codes, running.service.unready()) == (("STALE",), ())
    promote(promoted.git, promoted.roots, promoted.signer("promoter"), promoted.now, refresh=True)
    running.turn()
    assert running.codes == ()
    assert {"STALE", "WARNING_OVER"} <= running.told()


def test_a_restart_serves_nothing_from_a_mirror_that_was_damaged(promoted: World, start: Any, tmp_path: Path) -> None:
    start().turn()
    for pack in (tmp_path / "state" / "mirror.git").rglob("*.pack"):
        data = pack.read_bytes()
        pack.chmod(0o600)
        pack.write_bytes(data[:50] + bytes(255 - byte for byte in data[50:-50]) + data[-50:])
    restarted = start("again")
    restarted.turn()
    assert restarted.service.table.routes == {}
    assert restarted.service.unready()
