"""Attacks with stolen, old or lying keys and clocks, and with switches that should not exist."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.documents.statement import EXTENSION
from counterseal.values.digest import sha256
from counterseal.verification.follow import follow
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from pipelines.step import Silent
from scripts.clock import now
from scripts.commands import COMMANDS
from scripts.main import main
from scripts.repository.repository import open_repository
from scripts.repository.sandbox import Sandbox
from scripts.sandbox import found
from scripts.signing.keys import read_key
from serving.server import check_host
from tests.attacks import forging
from tests.attacks.forging import EVIL, NEXT, beside, forged, landed
from tests.support import acts
from tests.support.world import CHECKOUT, MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.attacks.attack import Attack
    from tests.attacks.follower import Follower
    from tests.support.world import World

    Start = Callable[..., Follower]


def test_08_one_stolen_key(attack: Attack, ready: World) -> None:
    """Each key alone: a root's, CI's, an approver's, the promoter's."""
    with attack.refused("TRUST_THRESHOLD"):
        acts.merge(ready, acts.propose_trust(ready, {"withdrawn": [1]}, signers=["rita"]))

    def better(statement: Any) -> None:
        statement["predicate"][EXTENSION]["measures"]["quality"]["auc"]["value"] = 0.999

    measured = forging.statement(ready, "evaluate", better)
    lie = beside(ready, forged(ready, forging.relinked(ready, {places.statement(MODEL, "evaluate"): measured})))
    with attack.refused("CARD_DIFFERS"):
        acts.merge(ready, lie)
    trusting = beside(ready, dict.fromkeys(Tree(ready.git, ready.tip(NEXT)).files(places.approvals(MODEL))), by="dora")
    with attack.refused("NOBODY_REPRODUCED"):  # people who look at no more than what CI says
        acts.merge(ready, acts.countersign(ready, trusting, "alice", "bob", reproduced=False))
    alone = beside(ready, {f"{places.approvals(MODEL)}/bob.yaml": None}, by="dora")
    with attack.refused("QUORUM"):
        acts.merge(ready, alone)
    merged = ready.force(alone)
    facts = acts.record(ready, 1).model_dump(exclude={"number", "previous", "time", "commit", "tree", "entry"})
    entry = sha256(ready.read(places.entry(MODEL)))
    acts.write_record(ready, **facts, commit=merged, entry=entry)
    attack.found(acts.history(ready).lines[-1].findings[0].code)
    attack.control(acts.served(ready).number == 1)


def test_42_revoked_key(attack: Attack, ready: World, follower: Start) -> None:
    server = follower(ready)
    server.poll()
    attack.control(server.version(MODEL) == 1)
    acts.compromise(ready, "alice", 1)
    server.poll()
    attack.found(*(finding.code for finding in server.service.table.closed[MODEL].findings))
    restarted = follower(ready)
    restarted.poll()
    assert MODEL in restarted.service.table.closed
    with attack.refused("QUORUM"):  # what she had signed before counts no more
        acts.merge(ready, NEXT)
    lost = dsse.keyid(str(ready.signer("ci").public_key.keyval["public"]))
    fresh = acts.machine_key(ready, "ci-2")

    def rotated(spec: acts.Edit) -> None:
        spec["machines"]["ci"] = [fresh]
        spec["retired"] = {lost: 1}

    ready.land(acts.propose_trust(ready, rotated), "mia")
    with attack.refused("UNKNOWN_KEY"):
        acts.merge(ready, acts.countersign(ready, NEXT, "alice"))


def test_43_clock(attack: Attack, ready: World, follower: Start) -> None:
    server = follower(ready)
    server.poll()
    start = ready.now
    assert follower(ready, clock=lambda: start - timedelta(days=900)).source.now() == start
    path = places.ADVISORIES
    advisories = Advisories.read_json(ready.read(path), path)
    for when in (advisories.spec.retrieved - timedelta(days=1), start + timedelta(days=3)):
        dated = advisories.spec.model_copy(update={"retrieved": when})
        ready.put(EVIL, ready.main)
        ready.commit(EVIL, {path: Advisories.of(advisories.metadata.name, dated).write_json()}, "dana")
        with attack.refused("ADVISORIES_DATE"):
            acts.merge(ready, EVIL)
    back = acts.record(ready, 1).model_dump(exclude={"number", "previous", "time"})
    log = ready.promotions
    acts.write_record(ready, **back, time=start - timedelta(days=30))
    with attack.refused("LOG_CHAIN"):
        acts.snapshot(ready)
    ready.put("promotions", log)
    ready.later(days=15)
    with attack.refused("QUORUM"):
        acts.merge(ready, NEXT)
    ready.now = start
    attack.control(landed(ready))


def test_44_skip_flags(attack: Attack, ready: World, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--skip-evidence", "--no-verify", "--strict=false", "--force", "--effective-time=2020-01-01", "--insecure")
    for command in ("check", "verify", "approve", "merge", "serve"):
        for flag in flags:
            assert main([command, flag]) == 2
            assert "No such option" in capsys.readouterr().err
    attack.found("No such option")
    for listed in COMMANDS:
        assert main([*listed.name.split(), "--help"]) == 0
        told = capsys.readouterr().out.lower()
        assert not [word for word in ("skip", "--no-verify", "--force", "insecure", "lenient") if f"--{word}" in told]
    attack.control(ready.types("dana", "check", NEXT) == 0)


def test_57_a_sandbox_taken_for_real(attack: Attack, ready: World, tmp_path: Path) -> None:
    box = Sandbox(tmp_path / "box")
    found(box, Git(CHECKOUT), now(), Silent())
    its = open_repository(box.work)
    theirs = its.trust.plain()["spec"]

    def listed(key: str) -> Callable[[acts.Edit], object]:
        return lambda spec: spec["people"].update(dave={"title": "Dave", "keys": [key]})

    with attack.refused("SANDBOX_KEY"):
        acts.merge(ready, acts.propose_trust(ready, listed(read_key(str(box.person("dave"))).public)))
    ours = {"version": 2, "log_id": ready.roots.spec.log_id}
    for code, mark in (("SANDBOX", {}), ("SANDBOX_KEY", {"sandbox": None})):
        handed_over = acts.propose_trust(ready, {**theirs, **ours, **mark}, branch=f"trust/{code.lower()}")
        with attack.refused(code):
            acts.merge(ready, handed_over)
    with attack.refused("SANDBOX_HOST"):
        check_host("0.0.0.0", its.roots)  # noqa: S104 (what is refused)
    check_host("0.0.0.0", ready.roots)  # noqa: S104
    attack.found(*(item.code for item in follow(its.git, its.roots, its.main, its.promotions, now()).warnings))
    ready.land(acts.propose_trust(ready, listed(acts.make_key(tmp_path / "dave"))), "mia")
    attack.control("dave" in ready.trust.spec.people)
