"""Waivers and advisories count only by the merge that brought them, and only as long as they should."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.verification.admit import fold
from counterseal.verification.as_of import proof_as_of
from counterseal.verification.commit import read_commit
from counterseal.verification.follow import Served, Stopped
from counterseal.verification.ground import Ground
from counterseal.verification.inforce import InForce, in_force
from counterseal.verification.log import read_log
from counterseal.verification.standing import Today, holding
from counterseal.verification.tree import Tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL, once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from counterseal.values.finding import Finding
    from tests.support.world import World

RULE = "parity/rows"
WAIVER = f"{places.WAIVERS}/one.yaml"
IMPOSSIBLE = {"rows": 100_000}
FLAWED = {"scikit-learn": "CVE-2027-1"}


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def found_by(world: World, rule: str = RULE) -> str:
    """Return what a rule that fails finds, as somebody who writes a waiver reads it off the page."""
    warning = next(item for item in acts.served(world).warnings if item.expected.endswith(f"({rule})"))
    return warning.found


def forced(world: World) -> InForce:
    log = read_log(world.git, world.promotions, world.main, world.roots)
    return in_force(world.git, world.roots, log, world.main, world.now)


@pytest.fixture
def failing(companies: Path, live_template: World, tmp_path: Path) -> Iterator[World]:
    """The live model fails a rule that was tightened since."""

    def make(folder: Path) -> World:
        world = live_template.copy_to(folder)
        acts.change_rules(world, acts.set_policy(world, "parity", limits=IMPOSSIBLE, on_live="warn"))
        return world

    with closing(once(companies, "failing", make).copy_to(tmp_path / "company")) as company:
        yield company


# -- waivers, and what they let through


def test_a_waived_failure_lets_a_promotion_through_and_never_passes(failing: World) -> None:
    branch = acts.ready(failing, 2)
    with refused("RULE_FAIL"):
        failing.land(branch)
    acts.waive(failing, acts.waiver(failing, RULE, found_by(failing)))
    (made,) = acts.land(failing, branch)
    assert (made.kind, made.number) == ("promote", 3)
    found = acts.served(failing)
    assert (found.version, codes(found.warnings)) == (2, ["RULE_WAIVED"])
    assert "one: bob, until" in found.warnings[0].found
    failing.later(days=31)
    assert "RULE_FAIL" in codes(acts.served(failing).warnings)
    assert bool(acts.history(failing))


def test_a_waived_rule_stops_nothing_until_the_waiver_ends(failing: World) -> None:
    acts.waive(failing, acts.waiver(failing, RULE, found_by(failing), days=20))
    ends = failing.now - timedelta(minutes=1) + timedelta(days=20)
    acts.change_rules(failing, acts.set_policy(failing, "parity", on_live="stop"))
    snapshot = acts.snapshot(failing)
    assert codes(acts.served(failing).warnings) == ["RULE_WAIVED"]
    assert snapshot.at(ends - timedelta(seconds=1)) == snapshot
    late = snapshot.at(ends).models[MODEL]
    assert isinstance(late, Stopped)
    assert codes(late.findings) == ["RULE_FAIL"]
    assert snapshot.at(ends).at(failing.now) == snapshot


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"found": "another"}, "another failure"), ({"model": "other"}, ""), ({"days": 0.001}, "expired")],
)
def test_a_waiver_of_something_else_helps_nobody(failing: World, facts: dict[str, Any], reason: str) -> None:
    branch = acts.ready(failing, 2)
    acts.waive(failing, acts.waiver(failing, RULE, **{"found": found_by(failing), **facts}))
    failing.later(hours=1)
    with refused("RULE_FAIL") as refusal:
        failing.land(branch)
    idle = [item for item in refusal.value.findings if item.code == "WAIVER_IDLE"]
    assert [item.where for item in idle] == [WAIVER] * bool(reason)
    assert all(reason in item.found for item in idle)


def test_a_restore_that_a_rule_blocks_goes_by_with_a_waiver(replaced: World) -> None:
    acts.change_rules(
        replaced, acts.set_policy(replaced, "parity", limits=IMPOSSIBLE, on_live="warn", on_restore="block")
    )
    merge = acts.record(replaced, 2).commit
    branch = acts.restore(replaced, acts.revert(replaced, merge, "back"), "olga", to=1)
    with refused("RULE_FAIL"):
        replaced.land(branch)
    acts.waive(replaced, acts.waiver(replaced, RULE, found_by(replaced)))
    assert [made.kind for made in acts.land(replaced, branch)] == ["restore"]
    assert acts.served(replaced).version == 1


# -- which waivers count


def force(world: World, name: str, by: str, approver: str = "", **more: bytes) -> None:
    """Bring a waiver to main round the gate."""
    files = {**acts.waiver(world, RULE, found_by(world), name), **more}
    world.commit(name, files, by)
    if approver:
        acts.approve_change(world, name, approver, "waivers")
    world.force(name)


def test_a_waiver_brought_round_the_gate_is_none_and_is_named(failing: World) -> None:
    force(failing, "unapproved", "dana")
    force(failing, "by-its-author", "bob", "bob")
    force(failing, "by-a-stranger", "dana", "olga")
    force(failing, "with-more", "dana", "bob", **{"README.md": b"# more"})
    failing.commit("main", acts.waiver(failing, RULE, found_by(failing), "pushed"), "bob")
    acts.waive(failing, acts.waiver(failing, RULE, "another", "prolonged"))
    failing.commit("longer", acts.waiver(failing, RULE, found_by(failing), "prolonged", days=180), "bob")
    failing.force("longer")
    names = {"unapproved", "by-its-author", "by-a-stranger", "with-more", "pushed", "prolonged"}
    assert forced(failing).waivers == ()
    found = {(item.code, item.where) for item in acts.snapshot(failing).warnings}
    assert found == {("WAIVER_NOT_ADMITTED", f"{places.WAIVERS}/{name}.yaml") for name in names}
    assert codes(acts.served(failing).warnings) == ["RULE_FAIL"]
    with refused("RULE_FAIL") as refusal:
        failing.admit(failing.merge_of(acts.ready(failing, 2)))
    assert codes(refusal.value.findings).count("WAIVER_NOT_ADMITTED") == len(names)


def test_what_lies_among_waivers_and_is_none_stops_nobody(failing: World) -> None:
    acts.waive(failing, acts.waiver(failing, RULE, found_by(failing)))
    odd = {f"{places.WAIVERS}/x/y.yaml": b"{}", f"{places.WAIVERS}/*.yaml": b"no: waiver\n"}
    failing.commit("main", odd, None)
    found = acts.snapshot(failing)
    assert {item.where.rpartition("/")[2] for item in found.warnings} == {"x", "*.yaml"}
    assert codes(acts.served(failing).warnings) == ["RULE_WAIVED"]


def test_a_waiver_is_filed_under_its_name(world: World) -> None:
    (data,) = acts.waiver(world, RULE, "x").values()
    world.commit("waive", {f"{places.WAIVERS}/two.yaml": data}, "dana")
    with refused("WAIVER_NAME"):
        world.admit(world.merge_of(acts.approve_change(world, "waive", "bob", "waivers")))


def test_what_makes_no_record_counts_long_after_the_last_one(failing: World) -> None:
    failing.later(days=20)
    acts.waive(failing, acts.waiver(failing, RULE, found_by(failing), days=90))
    acts.advise(failing, {})
    log = read_log(failing.git, failing.promotions, failing.main, failing.roots)
    assert fold(failing.git, failing.roots, log, failing.main, failing.now)[1] == {}
    failing.later(days=50)  # the approval of the waiver has lapsed
    found = forced(failing)
    assert (len(found.waivers), found.findings) == (1, ())
    assert acts.history(failing).skipped == ()


def test_a_waiver_that_needs_a_compromised_key_counts_no_more(failing: World) -> None:
    acts.waive(failing, acts.waiver(failing, RULE, found_by(failing)))
    assert codes(acts.served(failing).warnings) == ["RULE_WAIVED"]
    acts.compromise(failing, "bob", 4)
    assert codes(acts.served(failing).warnings) == ["RULE_WAIVED"]
    failing.land(
        acts.propose_trust(failing, lambda spec: spec["compromised"].update(dict.fromkeys(spec["compromised"], 3)))
    )
    assert "RULE_FAIL" in codes(acts.served(failing).warnings)


# -- advisories


def test_the_advisories_of_record_0_count(live: World) -> None:
    found = forced(live)
    assert found.snapshot is not None
    assert (found.waivers, found.findings) == ((), ())


def test_a_vulnerability_told_today_warns_or_stops_and_may_be_waived(live: World) -> None:
    acts.advise(live, FLAWED)
    (warning,) = acts.served(live).warnings
    assert (warning.code, "CVE-2027-1" in warning.found) == ("RULE_FAIL", True)
    acts.change_rules(live, acts.set_policy(live, "vulnerability", on_live="stop"))
    assert codes(acts.stopped(live).findings) == ["RULE_FAIL"]
    acts.waive(live, acts.waiver(live, "vulnerability/known", warning.found))
    assert codes(acts.served(live).warnings) == ["RULE_WAIVED"]
    acts.advise(live, {**FLAWED, "joblib": "CVE-2027-2"})
    assert codes(acts.stopped(live).findings) == ["RULE_FAIL"]
    acts.advise(live, {"scikit-learn": "CVE-2027-1"})
    assert codes(acts.served(live).warnings) == ["RULE_WAIVED"]


def test_a_restore_is_blocked_by_what_is_known_today(replaced: World) -> None:
    acts.advise(replaced, FLAWED)
    branch = acts.restore(replaced, acts.revert(replaced, acts.record(replaced, 2).commit, "back"), "olga", to=1)
    with refused("RULE_FAIL") as refusal:
        replaced.land(branch)
    acts.waive(replaced, acts.waiver(replaced, "vulnerability/known", refusal.value.findings[0].found))
    assert [made.kind for made in acts.land(replaced, branch)] == ["restore"]


def test_advisories_brought_round_the_gate_hide_nothing(live: World) -> None:
    acts.change_rules(live, acts.set_policy(live, "vulnerability", on_live="stop"))
    acts.advise(live, FLAWED)
    live.later(days=1)
    admitted, first = live.read(places.ADVISORIES), Tree(live.git, acts.record(live, 0).commit).need(places.ADVISORIES)
    live.now += timedelta(days=300)
    future = acts.advisories(live, {})[places.ADVISORIES]
    live.now -= timedelta(days=300)
    for number, data in enumerate((b"{}", first, future, None), 1):
        live.commit("quick", {places.ADVISORIES: data}, "dana", base=live.main)
        live.force("quick")
        assert codes(acts.stopped(live).findings) == ["RULE_FAIL"]
        assert codes(acts.snapshot(live).warnings) == ["ADVISORIES_NOT_ADMITTED"] * number
    live.commit("main", {places.ADVISORIES: admitted}, None)  # put back by the way it was changed
    acts.advise(live, {})
    assert (acts.served(live).warnings, acts.snapshot(live).warnings) == ((), ())


def test_where_no_advisories_count_a_finding_says_so(live: World) -> None:
    live.commit("before", {places.ADVISORIES: None}, "mia", base=acts.record(live, 0).commit)
    live.put("main", live.tip("before"))
    acts.found_again(live, live.main)
    found = forced(live)
    assert (found.snapshot, codes(found.findings)) == (None, ["ADVISORIES_NOT_ADMITTED", "ADVISORIES_MISSING"])


def test_without_advisories_what_was_found_stands_and_grows_old(live: World) -> None:
    log, promotion = live.log(), acts.record(live, 1)
    ground = Ground(
        live.git, live.roots, log.before(promotion), read_commit(live.git, promotion.commit), promotion.time
    )
    today = Today(live.trust, ground.book, InForce())
    held = holding(live.git, live.roots, log, promotion, today, proof_as_of(ground, log, promotion))
    assert held.at(live.now).warnings == ()
    assert codes(held.at(live.now + timedelta(days=32)).warnings) == ["RULE_REVIEW"]


# -- how well it is known


def test_old_advisories_warn_and_never_stop(live: World) -> None:
    acts.change_rules(live, acts.set_policy(live, "vulnerability", on_live="stop"))
    snapshot = acts.snapshot(live)
    for days, expected in ((28, []), (32, ["RULE_REVIEW"]), (400, ["RULE_FAIL"])):
        served = snapshot.at(live.now + timedelta(days=days)).models[MODEL]
        assert isinstance(served, Served)
        warnings = [item for item in served.warnings if item.code != "TRUST_EXPIRED"]
        assert codes(warnings) == expected
        assert all("vulnerability/fresh" in item.expected for item in warnings)


def test_the_answer_is_the_same_all_day_and_changes_when_a_limit_is_passed(live: World) -> None:
    found = forced(live).snapshot
    assert found
    snapshot, retrieved = acts.snapshot(live), found.advisories.spec.retrieved
    limit = retrieved + timedelta(days=30)
    stale = snapshot.at(limit + timedelta(seconds=1))
    assert snapshot.at(limit) == snapshot
    assert "vulnerability/fresh" in str(stale.models[MODEL])
    assert snapshot.at(limit + timedelta(hours=20)) == stale


def test_a_package_that_todays_advisories_leave_out_warns(live: World) -> None:
    acts.change_rules(live, acts.set_policy(live, "vulnerability", on_live="stop"))
    acts.advise(live, {}, gone=["scikit-learn"])
    (warning,) = acts.served(live).warnings
    assert (warning.code, "scikit-learn" in warning.found) == ("RULE_FAIL", True)
    assert "vulnerability/unknown" in warning.expected
