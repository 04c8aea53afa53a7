"""What holds today: keys, withdrawals, rules and dates that changed since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.values import instant, strict_yaml
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.values.finding import Finding
    from tests.support.world import World


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


# -- what people decided then


def test_a_review_that_every_approval_decided_is_no_news(live: World) -> None:
    assert acts.served(live).warnings == ()
    assert [line.today for line in acts.history(live).lines] == [None, "PASS"]


def test_a_review_that_nobody_decided_is(live: World) -> None:
    decided = acts.ready(live, 2)
    open_ids = live.admit(live.merge_of(decided)).judgements[MODEL].reviews
    acts.countersign(live, decided, "alice", "bob", reviews=open_ids)
    acts.land(live, decided)
    assert acts.served(live).warnings == ()
    rules = acts.propose_rules(live, acts.limit(live, "quality", "auc", between(live)))
    acts.land(live, acts.approve_rules(live, rules, "alice", "bob"))
    found = acts.served(live)
    assert codes(found.warnings) == ["RULE_REVIEW"]
    assert "quality/auc" in str(found.warnings[0])
    assert acts.history(live).lines[2].today == "REVIEW"


def between(world: World) -> float:
    """Return a limit that the AUC's interval straddles."""
    spec: Any = strict_yaml.load(world.read(places.entry(MODEL)), "entry").value
    metrics = spec["spec"]["metrics"]
    return float(metrics["auc_low"] + metrics["auc"]) / 2


def test_a_restore_is_decided_by_whoever_approved_what_it_restores(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    assert acts.served(replaced).warnings == ()
    assert acts.history(replaced).lines[3].today == "PASS"


# -- taken back


@pytest.mark.parametrize("number", [2, 1])
def test_what_is_withdrawn_stops_under_every_number(replaced: World, number: int) -> None:
    if number == 1:
        acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    assert acts.served(replaced)
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [number]}))
    stopped = acts.stopped(replaced)
    assert (stopped.retired, codes(stopped.findings)) == (False, ["WITHDRAWN"])
    history = acts.history(replaced)
    assert bool(history)
    assert history.lines[number].today == "FAIL"


def test_what_an_older_version_was_withdrawn_for_stops_nothing_newer(replaced: World) -> None:
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [1]}))
    assert acts.served(replaced).number == 2


# -- compromised


@pytest.mark.parametrize(("since", "stops"), [(1, True), (2, True), (3, False)])
def test_what_needs_a_compromised_approver_stops(replaced: World, since: int, stops: bool) -> None:  # noqa: FBT001
    acts.compromise(replaced, "alice", since)
    if stops:
        stopped = acts.stopped(replaced)
        assert codes(stopped.findings) == ["COMPROMISED"]
        assert "QUORUM" in stopped.findings[0].found
    else:
        assert acts.served(replaced).number == 2
    assert bool(acts.history(replaced))


def test_what_holds_without_the_key_goes_on(live: World) -> None:
    acts.land(live, acts.ready(live, 2, "alice", "anna", "bob"))
    acts.compromise(live, "alice", 1)
    assert acts.served(live).number == 2


def test_what_a_compromised_ci_signed_stops_and_new_evidence_goes_on(live: World) -> None:
    lost = dsse.keyid(str(live.signer("ci").public_key.keyval["public"]))
    fresh = acts.machine_key(live, "ci-2")

    def change(spec: acts.Edit) -> None:
        spec["machines"]["ci"] = [fresh]
        spec["compromised"] = {lost: 1}

    live.land(acts.propose_trust(live, change))
    assert codes(acts.stopped(live).findings) == ["COMPROMISED"]
    (live.keys / "ci-2.pem").replace(live.keys / "ci.pem")
    assert acts.promote(live, 2).number == 2
    assert acts.served(live).version == 2
    assert [line.today for line in acts.history(live).lines] == [None, "FAIL", "PASS"]


# -- rules of today


IMPOSSIBLE = {"rows": 100_000}


@pytest.mark.parametrize(
    ("facts", "stops"),
    [
        ({"on_live": "stop"}, True),
        ({"on_live": "warn"}, False),
        ({"on_live": "stop", "effective_on": "2199-01-01T00:00:00Z"}, False),
        ({"on_live": "stop", "stage": "promote"}, None),
    ],
)
def test_a_rule_that_newly_fails_does_what_it_declares(live: World, facts: dict[str, Any], stops: bool | None) -> None:  # noqa: FBT001
    files = acts.set_policy(live, "parity", limits=IMPOSSIBLE, **facts)
    acts.land(live, acts.approve_rules(live, acts.propose_rules(live, files), "alice", "bob"))
    if stops:
        assert codes(acts.stopped(live).findings) == ["RULE_FAIL"]
    else:
        assert codes(acts.served(live).warnings) == ([] if stops is None else ["RULE_FAIL"])
    assert bool(acts.history(live))


def test_a_declared_action_waits_for_its_day(live: World) -> None:
    day = live.now + timedelta(days=30)
    files = acts.set_policy(live, "parity", limits=IMPOSSIBLE, on_live="stop", effective_on=instant.render(day))
    acts.land(live, acts.approve_rules(live, acts.propose_rules(live, files), "alice", "bob"))
    assert acts.served(live).number == 1
    live.now = day
    assert acts.stopped(live).number == 1


# -- dates


def test_an_expired_trust_only_warns(live: World) -> None:
    live.later(days=3650)
    found = acts.snapshot(live)
    assert codes(found.warnings) == ["TRUST_EXPIRED"]
    served = acts.served(live)
    assert "TRUST_EXPIRED" in codes(served.warnings)
    history = acts.history(live)
    assert bool(history)
    assert history.lines[1].today == "REVIEW"


def test_under_an_expired_trust_and_old_advisories_a_restore_is_allowed(replaced: World) -> None:
    files = acts.set_policy(replaced, "vulnerability", on_restore="block", on_live="stop")
    acts.change_rules(replaced, files)
    replaced.later(days=500)
    back = acts.restore(replaced, acts.revert(replaced, acts.record(replaced, 2).commit, "back"), "olga", to=1)
    (made,) = acts.land(replaced, back)
    assert made.kind == "restore"
    assert set(codes(acts.served(replaced).warnings)) == {"RULE_FAIL", "TRUST_EXPIRED"}
    assert bool(acts.history(replaced))
