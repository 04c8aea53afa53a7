from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import acts
from tests.support.trust import Office, rows
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def later(twice: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    """Version 1 by alice and bob is promotion 1, version 2 by anna and bill is promotion 2."""
    return Office.of(twice, capsys, monkeypatch)


def test_a_stolen_promoter_key_is_revoked_and_its_records_cut_off_while_the_chain_continues(busy: Office) -> None:
    world, stolen = busy.world, busy.machine("promoter")
    for number in (2, 3):
        bogus = acts.write_record(world, kind="promote", model=MODEL, entry="0" * 64, commit=world.main)
        assert bogus.number == number
    fresh = busy.new_machine("promoter-2")
    page = busy.tells("rita", "revoke", stolen, "--since", "2", "--key", str(fresh))
    assert rows(page, "what will happen") == [
        ["2", f"promote {MODEL}", "stands", "void: counts as never made"],
        ["3", f"promote {MODEL}", "live", "void: counts as never made"],
        ["-", MODEL, "promotion 3 is live", "promotion 1 is live"],
    ]
    busy.lands(2, "rolf", promoter=fresh)
    assert acts.served(world).number == 1
    world.promoted(2, "anna", "bill", threshold=0.45)
    assert (acts.served(world).number, acts.served(world).version) == (4, 2)
    history = acts.history(world)
    assert bool(history)
    assert [line.findings[0].code for line in history.lines[2:4]] == ["VOID", "VOID"]


@pytest.mark.parametrize(("since", "falls"), [(1, ["1"]), (2, [])])
def test_what_does_not_hold_without_a_stolen_key_is_named(later: Office, since: int, falls: list[str]) -> None:
    key = later.new_key("alice-2")
    page = later.tells("rita", "revoke", "alice", "--since", str(since), "--key", f"{key}.pub")
    told = rows(page, "what will happen")
    assert [row[0] for row in told if row[0] != "-"] == falls
    assert told[0][3] == ("does not hold without the key (QUORUM): stops" if falls else "nothing stops")
    later.lands(2, "rolf")
    history = acts.history(later.world)
    assert [line.today == "FAIL" for line in history.lines] == [False, bool(falls), False]
    assert acts.served(later.world).number == 2


def test_without_a_new_key_they_leave(later: Office) -> None:
    page = later.tells("rita", "revoke", "anna", "--since", "0")
    assert [row[0] for row in rows(page, "what will happen")] == ["2"]
    later.lands(2, "rolf")
    assert "anna" not in later.world.trust.spec.people
    assert [finding.code for finding in acts.stopped(later.world).findings] == ["COMPROMISED"]


def test_a_retired_key_turns_out_to_have_been_stolen(busy: Office) -> None:
    old = busy.id_of("alice")
    busy.tells("rita", "rotate", "alice", "--key", f"{busy.new_key('alice-2')}.pub")
    busy.lands(2, "rolf")
    page = busy.tells("rita", "revoke", old, "--since", "1")
    assert [row[0] for row in rows(page, "what will happen")] == ["1"]
    busy.lands(3, "rolf")
    said = busy.refuses("rita", "revoke", old, "--since", "0", "--key", "people/dana.pub", code=2)
    assert "in use by nobody" in said
    spec = busy.world.trust.spec
    assert (spec.retired, spec.compromised) == ({}, {old: 1})
    assert len(spec.people["alice"].keys) == 1


def test_what_ci_signed_with_a_stolen_key_stops(later: Office) -> None:
    pem = later.new_machine("ci-2")
    words = ("--since", "2", "--key", str(pem), "--layout-key", "machine-keys/layout.pem")
    page = later.tells("rita", "revoke", later.machine("ci"), *words)
    assert [row[0] for row in rows(page, "what will happen")] == ["2"]
    later.lands(2, "rolf")
    assert acts.stopped(later.world).number == 2


def test_promotions_are_withdrawn_or_count_as_never_made(later: Office) -> None:
    page = later.tells("rita", "revoke", "--withdraw", "2")
    assert [row[2:] for row in rows(page, "what will happen")] == [["live", "withdrawn: stops, and never comes back"]]
    page = later.tells("rita", "revoke", "--void", "1-2", "--afresh")
    assert rows(page, "what will happen")[2:] == [["-", MODEL, "promotion 2 is live", "nothing is live"]]
    later.lands(2, "rolf")
    assert later.world.trust.spec.void == (1, 2)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--void", "0"), "NO_PROMOTION"),
        (("--void", "3-1"), "NO_PROMOTION"),
        (("--withdraw", "2"), "NO_PROMOTION"),
        (("nobody", "--since", "1"), "NO_SUCH_KEY"),
        (("SHA256:", "--since", "1"), "NO_SUCH_KEY"),
    ],
)
def test_what_does_not_exist_is_not_taken_back(busy: Office, words: tuple[str, ...], code: str) -> None:
    assert code in busy.refuses("rita", "revoke", *words)


def test_a_machine_needs_a_new_key_and_a_root_person_two_versions(busy: Office) -> None:
    assert "LAST_KEY" in busy.refuses("rita", "revoke", busy.machine("promoter"), "--since", "1")
    key = f"{busy.new_key('rita-2')}.pub"
    said = busy.refuses("rita", "revoke", "rita", "--since", "1", "--key", key)
    assert "ROOT_UNSIGNABLE" in said
    assert "in two versions" in said
    busy.tells("rita", "add", "rita", "--key", key)
    busy.lands(2, "rolf")
    busy.tells("rita", "revoke", busy.id_of("rita"), "--since", "1", "--ssh-key", key.removesuffix(".pub"))
    busy.lands(3, "rolf")
    assert busy.world.trust.spec.compromised == {busy.id_of("rita"): 1}


def test_nothing_stops_without_need(later: Office) -> None:
    page = later.tells("rita", "revoke", "dora", "--since", "0")
    assert rows(page, "what will happen") == [["-", "-", "nothing needs what is taken back", "nothing stops"]]
