"""Attacks on how a change is made and agreed: around the review, with borrowed approvals, through the policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.verification.tree import Tree
from scripts.repository import tool
from scripts.repository.changes import Committer, write_commit, write_tree
from tests.attacks.forging import EVIL, NEXT, beside, landed
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.attacks.attack import Attack
    from tests.attacks.follower import Follower
    from tests.support.world import World

CARD = places.card(MODEL)
FOLDERS = {"code": places.CODE_APPROVALS, "waivers": places.WAIVER_APPROVALS}
MODEL_JSON = places.model_file(MODEL, "model.json")


def test_09_direct_push(attack: Attack, ready: World) -> None:
    straight = ready.commit("straight", {places.spec(MODEL): acts.spec_of(2)}, "alice")
    with attack.refused("NOT_A_MERGE"):
        ready.push(places.MAIN, straight)
    turned = write_commit(
        ready.git,
        write_tree(ready.git, ready.tip(NEXT), {}),
        [ready.tip(NEXT), ready.main],
        "x",
        ready.committer("mia"),
    )
    with attack.refused("NOT_A_MERGE"):
        ready.push(places.MAIN, turned)
    attack.control(landed(ready))


def test_10_self_approval(attack: Attack, ready: World) -> None:
    theirs = acts.ready(ready, 2, "alice", "bob", by="alice", branch="proposal/alice")
    with attack.refused("SELF_APPROVAL"):
        acts.merge(ready, theirs)
    alone = beside(ready, {f"{places.approvals(MODEL)}/bob.yaml": None}, by="dora")
    with attack.refused("QUORUM"):
        acts.merge(ready, alone)
    both = {**ready.trust.plain()["spec"]["roles"], "risk": ["alice", "bob"]}
    ready.land(acts.propose_trust(ready, {"roles": both}), "mia")
    acts.countersign(ready, alone, "alice", role="risk")  # two roles, one person
    with attack.refused("QUORUM"):
        acts.merge(ready, alone)
    attack.control(landed(ready, acts.countersign(ready, alone, "bob")))


def test_11_robots(attack: Attack, ready: World) -> None:
    gone = beside(ready, {f"{places.approvals(MODEL)}/alice.yaml": None}, by="dora")
    with attack.refused("QUORUM"):
        acts.merge(ready, acts.countersign(ready, gone, "robo"))
    theirs = acts.ready(ready, 2, by="robo", branch="proposal/robo")
    with attack.refused("BOT_AUTHOR"):
        acts.merge(ready, theirs)
    attack.control(landed(ready, acts.countersign(ready, theirs, "anna")))


def test_12_exceptions(attack: Attack, ready: World) -> None:
    for files, code in (
        ({"docs/typo.md": b"x\n", MODEL_JSON: b"{}\n"}, "MIXED_AREAS"),
        ({"docs/typo.md": b"x\n"}, "QUORUM"),
        ({"counterseal/__init__.py": b"x = 1\n"}, "CODE_WITHOUT_RULES"),
        ({"assets/logo.svg": b"<svg/>\n"}, "UNKNOWN_PATH"),
        ({"policies/exceptions.yaml": b"x: 1\n"}, "UNKNOWN_PATH"),
    ):
        ready.put(EVIL, ready.main)
        ready.commit(EVIL, dict(files), "dana")
        with attack.refused(code):
            acts.merge(ready, EVIL)
    ready.commit("docs/typo", {"docs/typo.md": b"x\n"}, "dana")
    attack.control(acts.merge(ready, acts.approve_change(ready, "docs/typo", "mia")))


def test_13_protection_off_and_on_again(attack: Attack, ready: World, follower: Callable[..., Follower]) -> None:
    server = follower(ready)
    server.poll()
    branch = beside(ready, {MODEL_JSON: ready.read(MODEL_JSON, NEXT)}, base="main", by="mia")
    pushed = ready.force(branch)
    skipped = ready.record().skipped
    attack.found(skipped[pushed].code)
    assert server.poll().snapshot
    assert server.service.table.route(MODEL).served.number == 1
    named = [line.findings[0].code for line in acts.history(ready).skipped]
    attack.found(*named)
    acts.merge(ready, acts.revert(ready, pushed, "undo"))
    attack.control(server.poll().snapshot and acts.served(ready).version == 1)


def test_15_change_after_approval(attack: Attack, ready: World) -> None:
    late = beside(ready, {places.spec(MODEL): acts.spec_of(2).replace(b"0.5", b"0.4")}, by="dana")
    ready.prove(late)
    attack.control(ready.assess(NEXT).admission)
    with attack.refused("QUORUM"):
        acts.merge(ready, late)


def test_16_approval_replay(attack: Attack, ready: World) -> None:
    branch = acts.ready_loans(ready, branch="proposal/loans")
    folder = places.approvals("loans")
    bound = {"model": "loans", "entry": sha256(ready.read(places.entry("loans"), branch))}
    bare = {f"{folder}/anna.yaml": None}
    for facts in (
        bound | {"model": MODEL},
        bound | {"log_id": "0" * 32},
        bound | {"entry": sha256(b"another")},
        bound | {"days": 1},
    ):
        beside(ready, bare, base=branch, by="dora")
        acts.put_approval(ready, EVIL, "anna", "promote", folder, **facts)
        if "days" in facts:
            ready.later(days=2)
        with attack.refused("QUORUM"):
            acts.merge(ready, EVIL)
    beside(ready, bare, base=branch, by="dora")
    acts.put_approval(ready, EVIL, "anna", "reject", folder, **bound)
    with attack.refused("QUORUM"):
        acts.merge(ready, EVIL)
    beside(ready, {f"{folder}/alice.yaml": ready.read(f"{folder}/anna.yaml", branch)}, base=branch, by="dora")
    with attack.refused("APPROVAL_NAME"):
        acts.merge(ready, EVIL)
    attack.control(landed(ready, branch))


def test_17_unreviewable_change(attack: Attack, ready: World) -> None:
    for path, code in (
        (f"registry/{MODEL}/model/model.joblib", "NOT_EXACT_SET"),
        (f"registry/{MODEL}/model/weights/000.bin", "NOT_EXACT_SET"),
        (f"attestations/{MODEL}/readme.pdf", "NOT_EXACT_SET"),
        (f"registry/{MODEL}/approvals/seen.png", "APPROVAL_NAME"),
        (f"sbom/{MODEL}.bin", "UNKNOWN_PATH"),
        (f"sbom/{MODEL}.vex.cdx.json", "UNKNOWN_PATH"),
        ("registry/blob", "UNKNOWN_PATH"),
    ):
        beside(ready, {path: bytes(range(256))}, by=None)
        with attack.refused(code):
            acts.merge(ready, EVIL)
    attack.control(landed(ready))


def test_18_hidden_history(attack: Attack, ready: World) -> None:
    start = ready.tip(NEXT)
    ready.put(EVIL, start)
    ready.commit(EVIL, {"docs/x.md": b"x\n"}, by=None)
    ready.commit(EVIL, {"docs/x.md": None}, by=None)
    with attack.refused("UNSIGNED_COMMIT"):
        acts.merge(ready, EVIL)
    tree = write_tree(ready.git, ready.git.merged_tree(ready.main, start) or "", {MODEL_JSON: b"{}\n"})
    merge = write_commit(ready.git, tree, [ready.main, start], "Merge", ready.committer("alice"))
    with attack.refused("EVIL_MERGE"):
        ready.push(places.MAIN, merge)
    attack.control(landed(ready))


def test_19_forged_author_and_date(attack: Attack, ready: World) -> None:
    who = Committer("alice", "alice@acme.example")
    files = {places.spec(MODEL): acts.spec_of(2).replace(b"0.5", b"0.4")}
    forged = write_commit(ready.git, write_tree(ready.git, ready.main, files), [ready.main], "By alice", who)
    ready.put(EVIL, forged)
    with attack.refused("UNSIGNED_COMMIT"):
        acts.merge(ready, EVIL)
    signed = replace(who, key=ready.key("dora"))
    tip = ready.tip(NEXT)
    ready.put(EVIL, write_commit(ready.git, write_tree(ready.git, tip, {CARD: b"x"}), [tip], "x", signed))
    ready.prove(EVIL)
    acts.countersign(ready, EVIL, "alice", "bob")
    with attack.refused("SELF_APPROVAL"):  # the address adds alice and does not excuse dora
        acts.merge(ready, EVIL)
    dated = beside(ready, {f"{places.approvals(MODEL)}/alice.yaml": None}, by="dora")
    some_day = ready.now + timedelta(days=20_000)
    acts.countersign(ready, dated, "alice", issued=some_day, use_before=some_day + timedelta(days=1))
    with attack.refused("QUORUM"):
        acts.merge(ready, dated)
    attack.control(landed(ready))


def test_20_policy_in_the_same_change(attack: Attack, ready: World) -> None:
    loose = acts.limit(ready, "quality", "auc", 0.5)
    beside(ready, loose)
    with attack.refused("MIXED_AREAS"):
        acts.merge(ready, EVIL)
    rules = acts.propose_rules(ready, loose)
    with attack.refused("QUORUM"):
        acts.merge(ready, acts.approve_rules(ready, rules, "alice"))
    attack.control(landed(ready, acts.approve_rules(ready, rules, "bob")))


def test_21_older_policy(attack: Attack, ready: World) -> None:
    strict = acts.limit(ready, "quality", "auc", 0.75)
    old = {path: ready.read(path) for path in strict}
    landed(ready, acts.approve_rules(ready, acts.propose_rules(ready, strict), "alice", "bob"))
    made = ready.main
    back = acts.approve_rules(ready, acts.revert(ready, made, "rules/back", "mia"), "anna", "bill")
    with attack.refused("RULES_REPLACES"):
        acts.merge(ready, back)
    again = acts.propose_rules(ready, old, "rules/again", version=1)
    with attack.refused("RULES_REPLACES"):
        acts.merge(ready, acts.approve_rules(ready, again, "alice", "bob"))
    forward = acts.propose_rules(ready, old, "rules/forward")
    attack.control(landed(ready, acts.approve_rules(ready, forward, "alice", "bob")))


def test_53_changed_tool(attack: Attack, ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    attack.control(ready.approve(NEXT, "anna"))
    monkeypatch.setattr(tool, "digest", lambda package: "0" * 64)
    with attack.refused("TOOL_IS_CHANGED"):
        ready.approve(NEXT, "bill")


def test_54_rules_by_a_push(attack: Attack, ready: World, follower: Callable[..., Follower]) -> None:
    server = follower(ready)
    server.poll()
    attack.control(ready.assess(NEXT).admission)
    before = ready.main
    loose = acts.propose_rules(ready, acts.limit(ready, "quality", "auc", 0.5))
    ready.force(loose, "mia")
    with attack.refused("RULES_NOT_LIVE"):
        acts.merge(ready, NEXT)
    assert ready.main != before
    assert server.poll().snapshot
    assert acts.snapshot(ready).number == 1


def test_55_revert_of_a_revert(attack: Attack, renewed: World) -> None:
    second = renewed.main
    undone = acts.revert(renewed, second, "undo")
    attack.control(landed(renewed, acts.restore(renewed, undone, "olga", to=1)))
    back = acts.revert(renewed, renewed.main, "back")
    with attack.refused("QUORUM"):
        acts.merge(renewed, back)
    with attack.refused("QUORUM"):
        acts.merge(renewed, acts.restore(renewed, back, "olga", to=2))
    again(attack, renewed, "code", "mia", {"docs/x.md": b"x\n"})
    again(attack, renewed, "waivers", "bill", acts.waiver(renewed, "parity/rows", "too few"))


def again(attack: Attack, world: World, decision: str, person: str, files: dict[str, bytes | None]) -> None:
    """Bring a change back that was approved once and taken out since, with the approval of then."""
    world.commit(f"{decision}/add", files, "dora")
    attack.control(acts.merge(world, acts.approve_change(world, f"{decision}/add", person, decision)))
    added = world.main
    world.commit(f"{decision}/remove", dict.fromkeys(files), "dora")
    acts.merge(world, acts.approve_change(world, f"{decision}/remove", person, decision))
    world.commit(f"{decision}/again", files, "dora")
    approval = f"{FOLDERS[decision]}/{person}.yaml"
    replayed = beside(world, {approval: Tree(world.git, added).read(approval)}, base=f"{decision}/again", by=None)
    with attack.refused("QUORUM"):
        acts.merge(world, replayed)
    fresh = acts.approve_change(world, f"{decision}/again", person, decision, reason="Once more.")
    attack.control(acts.merge(world, fresh))
