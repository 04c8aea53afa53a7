from __future__ import annotations

import subprocess

import pytest

from counterseal.documents import codeowners, places
from counterseal.verification.areas import area_of
from tests.support.trust import Office, rows


def test_a_person_joins_once_the_root_people_signed(office: Office) -> None:
    world, key = office.world, office.new_key("nina")
    page = office.tells("rita", "add", "nina", "--key", f"{key}.pub", "--email", "n@acme.example", "--role", "owner")
    assert page["headline"] == "trust version 2 is proposed on trust/2; still to sign: rolf"
    changed = {tuple(row[:2]) for row in rows(page, "what changes")}
    assert changed == {("person", "nina"), ("keys of", "nina"), ("role", "owner")}
    changes = world.git.changes(world.main, world.tip("trust/2"))
    assert {change.path for change in changes} == {places.trust(2), places.CODEOWNERS}
    assert world.assess("trust/2").verdict == "REVIEW"
    office.lands(2, "rolf")
    assert world.trust.spec.roles["owner"] == ("alice", "anna", "robo", "nina")
    assert world.trust.spec.people["nina"].emails == ("n@acme.example",)
    assert world.read(places.CODEOWNERS) == codeowners.render(world.trust)


def test_somebody_listed_gets_more_of_what_is_named(office: Office) -> None:
    key = office.new_key("second")
    office.tells("rita", "add", "bob", "--key", f"{key}.pub", "--role", "operator", "--title", "Head of risk")
    office.lands(2, "rolf")
    person = office.world.trust.spec.people["bob"]
    assert (len(person.keys), person.title) == (2, "Head of risk")
    assert office.world.trust.spec.roles["operator"] == ("olga", "bob")


def test_who_is_no_root_person_proposes_and_signs_nothing(office: Office) -> None:
    page = office.tells("mia", "add", "dora", "--role", "owner")
    assert "still to sign: rita, rolf" in page["headline"]
    assert office.world.assess("trust/2").findings[0].code == "TRUST_THRESHOLD"
    office.lands(2, "rita", "rolf")


def test_a_second_ci_key_brings_its_layout(office: Office) -> None:
    world, pem = office.world, office.new_machine("ci-2")
    said = office.refuses("rita", "add", "ci", "--machine", str(pem))
    assert "NO_MACHINE_KEY" in said
    assert "--layout-key" in said
    assert "LAYOUT_KEY" in office.refuses("rita", "add", "ci", "--machine", str(pem), "--layout-key", str(pem))
    office.tells("rita", "add", "ci", "--machine", str(pem), "--layout-key", str(world.keys / "layout.pem"))
    changes = world.git.changes(world.main, world.tip("trust/2"))
    assert [change.path for change in changes if change.path.startswith(places.LAYOUTS)]
    assert {area_of(change.path) for change in changes} == {"trust", None}
    office.lands(2, "rolf")
    assert len(world.trust.machine_keys("ci")) == 2


def test_quorums_and_dates_change_without_a_person(office: Office) -> None:
    page = office.tells("rita", "add", "--quorum", "low=owner,risk", "--expires", "2199-01-01")
    assert rows(page, "what changes") == [
        ["trust", "expires", office.world.trust.plain()["spec"]["expires"], "2199-01-01T00:00:00Z"],
        ["quorum", "low", "owner", "owner and risk"],
    ]


def test_root_people_and_their_threshold_change(office: Office) -> None:
    office.tells("rita", "add", "mia", "--root", "--root-threshold", "3")
    page = office.tells("rolf", "sign", "--yes")
    assert page["headline"] == "rolf signed; still to sign: mia"
    office.lands(2, "mia")
    assert office.world.trust.spec.root.threshold == 3


def test_a_new_root_person_who_is_new_to_the_trust_signs_as_well(office: Office) -> None:
    world, key = office.world, office.new_key("nina")
    office.tells("rita", "add", "nina", "--key", f"{key}.pub", "--root", "--root-threshold", "3")
    office.tells("rolf", "sign", "--yes")
    assert "NOT_ROOT" in office.refuses("mia", "sign", "--yes")
    office.tells("mia", "sign", "--yes", "--ssh-key", str(key))
    office.lands(2)
    assert set(world.trust.spec.root.members) == {"rita", "rolf", "nina"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "alice", "--role", "owner"), "TRUST_UNCHANGED"),
        (("add", "robo", "--root"), "people; bots: robo"),
        (("add", "--root-threshold", "3"), "a root threshold of at most 2"),
        (("add", "--quorum", "low=auditor"), "unknown: auditor"),
        (("add", "--quorum", "lowest=owner"), "INVALID_VALUE"),
        (("add", "--quorum", "low=owner,owner,owner"), "QUORUM_UNFILLABLE"),
        (("add", "Nina", "--key", "people/dana.pub"), "INVALID_VALUE"),
        (("add", "nina", "--key", "people/dana.pub"), "each key in one place"),
        (("add", "nina", "--key", "nowhere"), "NO_KEY"),
        (("add", "ci", "--machine", "nowhere.pem"), "MACHINE_KEY"),
        (("add", "ci", "--machine", "people/dana.pub"), "MACHINE_KEY"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(office: Office, words: tuple[str, ...], code: str) -> None:
    assert code in office.refuses("rita", *words)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "nina", "--role", "owner"),
        ("add", "--role", "owner"),
        ("add", "ci", "--machine", "machine-keys/ci.pem", "--role", "owner"),
        ("add", "ci", "--key", "people/dana.pub"),
        ("add", "server", "--machine", "machine-keys/ci.pem"),
        ("add", "dora", "--expires", "soon"),
        ("add", "--quorum", "low"),
        ("rotate", "ci"),
        ("revoke", "alice"),
        ("revoke", "--since", "1"),
        ("revoke", "--void", "x"),
        ("retire", "nobody", "--root"),
    ],
)
def test_half_a_sentence_is_bad_usage(office: Office, words: tuple[str, ...]) -> None:
    assert office.refuses("rita", *words, code=2).startswith("counterseal: ")


def test_a_machines_key_that_is_a_persons_is_refused(office: Office) -> None:
    path = office.world.folder / "p256"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", str(path)], check=True)
    office.tells("rita", "add", "nina", "--key", f"{path}.pub")
    pem = path.rename(path.with_suffix(".pem"))
    said = office.refuses(
        "rita", "add", "ci", "--machine", str(pem), "--amend", "--layout-key", "machine-keys/layout.pem"
    )
    assert "each key in one place" in said
