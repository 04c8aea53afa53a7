"""A chain of versions in which each is signed by the one before and by itself, and nothing taken back returns."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.crypto import published, sealed
from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import NAMESPACE, fingerprint
from counterseal.documents import places
from counterseal.documents.trust import Roots, RootsSpec, Trust
from counterseal.documents.trust_chain import follow
from counterseal.values.finding import Refused
from tests.counterseal.crypto.ssh import SoftKey, armoured, field, line, signed_bytes, sshsig
from tests.goldens.examples import LOG_ID, machine, pem, person, seal, second_trust, ssh_key, ssh_sign, trust

FIRST = trust()
ROOTS = FIRST.roots()
PLAIN: dict[str, Any] = FIRST.plain()["spec"]
PEOPLE = PLAIN["people"]
MACHINES = PLAIN["machines"]
#: The same private keys in other words.
CI_AS_SSH = machine("ci").public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
ANN_AS_FIDO = line(
    field(b"sk-ssh-ed25519@openssh.com") + field(person("ann").public_key().public_bytes_raw()) + field(b"ssh:")
)
Version = tuple[str, bytes]


def version(made: Trust, *people: str) -> Version:
    return places.trust(made.spec.version), seal(made.write(), *(people or ("ann", "kim")))


def refused(*versions: Version, roots: Roots = ROOTS) -> str:
    with pytest.raises(Refused) as error:
        follow(versions, roots)
    return error.value.code


def test_a_chain_holds() -> None:
    chain = follow([version(FIRST), version(second_trust())], ROOTS)
    assert chain == (FIRST, second_trust())
    assert follow([version(FIRST)], ROOTS) == (FIRST,)


def test_nothing_at_all_is_no_trust() -> None:
    assert refused() == "NO_TRUST"


def test_the_first_version_is_signed_by_the_roots_brought_along() -> None:
    other = Roots.of("roots", RootsSpec(log_id=LOG_ID, threshold=1, keys={"eve": (ssh_key("eve"),)}))
    assert refused(version(FIRST), roots=other) == "TRUST_THRESHOLD"
    both = RootsSpec(log_id=LOG_ID, threshold=2, keys={"eve": (ssh_key("eve"),), "ann": (ssh_key("ann"),)})
    assert follow([version(FIRST, "ann", "kim", "eve")], Roots.of("r", both)) == (FIRST,)
    assert refused(version(FIRST), roots=Roots.of("r", both)) == "TRUST_THRESHOLD"


@pytest.mark.parametrize(
    "people", [people for size in (1, 2, 3) for people in combinations(("ann", "kim", "bob"), size)]
)
def test_a_threshold_of_its_own_people(people: tuple[str, ...]) -> None:
    if {"ann", "kim"} <= set(people):
        assert follow([version(FIRST, *people)], ROOTS)
    else:
        assert refused(version(FIRST, *people)) == "TRUST_THRESHOLD"


HANDED_OVER = trust(2, root={"members": ["bob", "dana"], "threshold": 2})


@pytest.mark.parametrize(
    "people", [people for size in range(1, 5) for people in combinations(("ann", "bob", "dana", "kim"), size)]
)
def test_a_hand_over_is_signed_by_those_before_and_those_after(people: tuple[str, ...]) -> None:
    chain = [version(FIRST), version(HANDED_OVER, *people)]
    if len(people) == 4:
        assert follow(chain, ROOTS)[-1] == HANDED_OVER
    else:
        assert refused(*chain) == "TRUST_THRESHOLD"


def test_after_a_hand_over_the_old_roots_sign_nothing() -> None:
    chain = [version(FIRST), version(HANDED_OVER, "ann", "bob", "dana", "kim")]
    third = trust(3, root={"members": ["bob", "dana"], "threshold": 2})
    assert follow([*chain, version(third, "bob", "dana")], ROOTS)[-1].spec.version == 3
    assert refused(*chain, version(third, "ann", "kim")) == "TRUST_THRESHOLD"


def test_one_key_under_two_names_counts_once() -> None:
    same = RootsSpec(log_id=LOG_ID, threshold=2, keys={"ann": (ssh_key("ann"),), "kim": (ssh_key("ann"),)})
    body = FIRST.write()
    armour = ssh_sign("ann", body)
    data = sealed.seal(body, {"ann": armour, "kim": armour})
    assert refused((places.trust(1), data), roots=Roots.of("r", same)) == "TRUST_THRESHOLD"
    one = Roots.of("r", same.model_copy(update={"threshold": 1}))
    assert refused((places.trust(1), data), roots=one) == "TRUST_THRESHOLD"  # it is not enough for its own threshold


@pytest.mark.parametrize(
    "numbers",
    [(2,), (1, 3), (1, 1), (2, 1), (1, 2, 2), (1, 2, 4)],
)
def test_versions_follow_each_other_without_a_gap(numbers: tuple[int, ...]) -> None:
    assert follow([version(trust(n)) for n in (1, 2, 3)], ROOTS)
    assert refused(*(version(trust(n)) for n in numbers)) == "TRUST_VERSION"


def test_a_version_is_named_after_its_number() -> None:
    wrong = FIRST.model_copy(update={"metadata": FIRST.metadata.model_copy(update={"name": "2"})})
    assert refused(version(wrong)) == "TRUST_VERSION"


def test_the_log_stays_the_same() -> None:
    assert refused(version(trust(log_id="f" * 32))) == "LOG_ID"
    assert refused(version(FIRST), version(trust(2, log_id="f" * 32))) == "LOG_ID"


def test_a_log_once_required_stays_required() -> None:
    none = version(trust(1, log="none"))
    assert follow([none, version(trust(2, log="none"))], ROOTS)
    assert follow([none, version(trust(2))], ROOTS)[-1].spec.log == "required"
    assert refused(version(FIRST), version(trust(2, log="none"))) == "TRUST_LOG_MODE"
    assert refused(none, version(trust(2)), version(trust(3, log="none"))) == "TRUST_LOG_MODE"


GONE = keyid(pem("old-ci"))


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [
        ({"void": [1, 2]}, {"void": [2, 1, 3]}, True),
        ({"void": [1, 2]}, {"void": [1]}, False),
        ({"withdrawn": [1]}, {"withdrawn": [1, 2]}, True),
        ({"withdrawn": [1]}, {"void": [1]}, False),
        ({"compromised": {GONE: 5}}, {"compromised": {GONE: 5}}, True),
        ({"compromised": {GONE: 5}}, {"compromised": {GONE: 0}}, True),
        ({"compromised": {GONE: 5}}, {"compromised": {GONE: 6}}, False),
        ({"compromised": {GONE: 5}}, {"retired": {GONE: 5}}, False),
        ({"compromised": {GONE: 0}}, {}, False),
        ({"retired": {GONE: 5}}, {"compromised": {GONE: 2}}, True),
        ({"retired": {GONE: 5}}, {"retired": {GONE: 5}}, True),
        ({"retired": {GONE: 5}}, {}, False),
        ({"retired": {GONE: 5}}, {"retired": {GONE: 6}}, False),
        ({"retired": {GONE: 5}}, {"retired": {GONE: 4}}, False),
    ],
)
def test_what_was_taken_back_stays_so(before: dict[str, Any], after: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    chain = [version(trust(1, **before)), version(trust(2, **after))]
    if holds:
        assert follow(chain, ROOTS)
    else:
        assert refused(*chain) == "TRUST_TAKEN_BACK"


def keyed(version: int, **keys: list[str]) -> Trust:
    """Return a version in which some people have other keys."""
    return trust(version, people=PEOPLE | {name: PEOPLE[name] | {"keys": lines} for name, lines in keys.items()})


def test_a_key_is_added_and_goes_and_another_comes() -> None:
    two = keyed(2, bob=[ssh_key("bob"), ssh_key("fresh")])
    chain = [version(FIRST), version(two), version(keyed(3, bob=[ssh_key("fresh")]))]
    assert follow(chain, ROOTS)[-1].keys_of(["bob"]) == {"bob": (ssh_key("fresh"),)}
    third = keyed(4, bob=[ssh_key("third")])
    assert follow([*chain, version(third)], ROOTS)


@pytest.mark.parametrize("as_whom", ["dana", "kim"])
def test_a_key_never_becomes_somebody_elses(as_whom: str) -> None:
    moved = keyed(2, bob=[ssh_key("fresh")], **{as_whom: [ssh_key(as_whom), ssh_key("bob")]})
    assert refused(version(FIRST), version(moved)) == "TRUST_KEY_MOVED"
    gone = keyed(2, bob=[ssh_key("fresh")])
    later = keyed(3, bob=[ssh_key("fresh")], **{as_whom: [ssh_key(as_whom), ssh_key("bob")]})
    assert refused(version(FIRST), version(gone), version(later)) == "TRUST_KEY_MOVED"


def test_a_key_does_not_go_from_a_machine_to_a_person_or_to_another_machine() -> None:
    without = MACHINES | {"ci": [{"publicKey": pem("new ci")}]}
    for change in (
        {"machines": without, "people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [CI_AS_SSH]}}},
        {"machines": without | {"promoter": [{"publicKey": pem("ci")}]}},
    ):
        assert refused(version(FIRST), version(trust(2, **change))) == "TRUST_KEY_MOVED"
    assert follow([version(FIRST), version(trust(2, machines=without))], ROOTS)


def test_a_key_that_left_does_not_come_back_listed_as_gone_or_not() -> None:
    gone = keyed(2, bob=[ssh_key("fresh")])
    back = keyed(3, bob=[ssh_key("fresh"), ssh_key("bob")])
    assert refused(version(FIRST), version(gone), version(back)) == "TRUST_KEY_RETURNED"


@pytest.mark.parametrize("listed", ["retired", "compromised"])
def test_nor_in_another_spelling(listed: str) -> None:
    people = PEOPLE | {"ann": PEOPLE["ann"] | {"keys": [ANN_AS_FIDO, ssh_key("fresh")]}}
    taken = trust(2, people=people, **{listed: {fingerprint(ssh_key("ann")): 1}})
    assert refused(version(FIRST), version(taken)) == "TRUST_KEY_RETURNED"


def test_a_lower_threshold_is_signed_by_as_many_as_before() -> None:
    alone = trust(2, root={"members": ["ann"], "threshold": 1})
    assert refused(version(FIRST), version(alone, "ann")) == "TRUST_THRESHOLD"
    assert follow([version(FIRST), version(alone)], ROOTS)[-1].spec.root.threshold == 1


def test_the_break_is_found_wherever_it_stands() -> None:
    chain = [version(trust(n)) for n in (1, 2, 3)]
    assert refused(chain[0], version(trust(2), "ann"), chain[2]) == "TRUST_THRESHOLD"
    assert refused(chain[0], chain[1], version(trust(3), "kim")) == "TRUST_THRESHOLD"


BODY = FIRST.write()


@settings(max_examples=60)
@given(st.integers(0, len(BODY) - 1), st.integers(0, 7))
def test_no_bit_of_a_version_may_differ(place: int, bit: int) -> None:
    where, data = version(FIRST)
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    with pytest.raises(Refused):
        follow([(where, bytes(changed))], ROOTS)


# A sandbox: its keys are published, and it is one from the first version to the last.


def ssh(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def published_pem(role: str) -> str:
    key = published.machine(role).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PERSONAS = {name: {"title": name.title(), "keys": [ssh(published.person(name))]} for name in ("alice", "bob", "carol")}
ROLES = {"owner": ["bob"], "operator": ["bob"], "risk": ["carol"], "maintainer": ["carol"]}
QUORUM = {"low": ["owner"], "medium": ["owner"], "high": ["owner", "risk"], "rules": ["owner", "risk"]}
BOX: dict[str, Any] = {
    "sandbox": True,
    "people": PERSONAS,
    "roles": ROLES,
    "quorums": QUORUM | {"code": ["maintainer"], "waivers": ["risk"]},
    "root": {"members": ["bob", "carol"], "threshold": 2},
    "machines": {role: [{"publicKey": published_pem(role)}] for role in ("ci", "layout", "promoter")},
}
OWN = {"bob": PERSONAS["bob"] | {"keys": [ssh_key("bob")]}}


def box(version: int = 1, **changed: Any) -> Trust:
    return trust(version, **(BOX | changed))


def anybody(made: Trust, *people: str) -> Version:
    """Return a version signed with published keys, as anybody could."""
    body = made.write()
    return places.trust(made.spec.version), sealed.seal(body, {name: anybodys(name, body) for name in people})


def anybodys(name: str, body: bytes) -> str:
    key = published.person(name)
    blob = field(b"ssh-ed25519") + field(key.public_key().public_bytes_raw())
    value = key.sign(signed_bytes(body, NAMESPACE.encode()))
    return armoured(sshsig(blob, NAMESPACE.encode(), field(b"ssh-ed25519") + field(value)))


def test_a_sandbox_follows_from_a_sandboxes_root_keys() -> None:
    rotated = PERSONAS | {"alice": PERSONAS["alice"] | {"keys": [ssh(published.person("alice-2"))]}}
    chain = [anybody(box(), "bob", "carol"), anybody(box(2, people=rotated), "bob", "carol")]
    assert follow(chain, box().roots())[-1].spec.sandbox
    assert (box().roots().sandbox, ROOTS.sandbox) == (True, False)
    assert FIRST.spec.sandbox is None
    assert b"sandbox" not in FIRST.write()


@pytest.mark.parametrize(
    "changed",
    [
        {"sandbox": None},
        {"people": PERSONAS | OWN},
        {"people": PERSONAS | {"alice": PERSONAS["alice"] | {"keys": [*PERSONAS["alice"]["keys"], ssh_key("a")]}}},
        {"people": PERSONAS | {"dana": PEOPLE["dana"]}},
        {"machines": BOX["machines"] | {"ci": [{"publicKey": pem("ci")}]}},
        {"machines": BOX["machines"] | {"promoter": [{"publicKey": pem("promoter")}]}},
    ],
    ids=["the mark is gone", "a root's key", "a second key", "one more person", "ci's key", "the promoter's key"],
)
def test_its_mark_stays_and_it_takes_no_other_key(changed: dict[str, Any]) -> None:
    assert follow([anybody(box(), "bob", "carol")], box().roots())
    assert refused(anybody(box(1, **changed), "bob", "carol"), roots=box().roots()) == "SANDBOX_KEY"
    later = anybody(box(2, **changed), "bob", "carol")
    assert refused(anybody(box(), "bob", "carol"), later, roots=box().roots()) == "SANDBOX_KEY"


FOUND_KEYS = {
    "as it is": ssh(published.person("dave")),
    "as a security key": SoftKey(published.person("dave")).public,
    "a machine's": ssh(published.machine("ci-2")),
}


@pytest.mark.parametrize("key", FOUND_KEYS.values(), ids=FOUND_KEYS)
def test_nobody_else_takes_a_published_key(key: str) -> None:
    taken = trust(2, people=PEOPLE | {"dave": {"title": "New", "keys": [key]}})
    assert refused(version(FIRST), version(taken)) == "SANDBOX_KEY"


def test_nor_do_their_machines() -> None:
    taken = trust(2, machines=MACHINES | {"ci": [*MACHINES["ci"], {"publicKey": published_pem("ci")}]})
    assert refused(version(FIRST), version(taken)) == "SANDBOX_KEY"


def test_a_repository_is_never_handed_over_to_a_sandbox() -> None:
    assert refused(version(FIRST), version(box(2), "ann", "kim")) == "SANDBOX"


def test_a_sandboxes_trust_copied_into_a_repository_is_none_of_it() -> None:
    assert refused(anybody(box(), "bob", "carol")) == "SANDBOX"
    assert refused(anybody(box(1, log_id="f" * 32), "bob", "carol")) == "LOG_ID"


def test_root_keys_of_which_one_is_published_are_a_sandboxes() -> None:
    mixed = ROOTS.spec.model_copy(update={"keys": ROOTS.spec.keys | {"bob": (ssh(published.person("bob")),)}})
    assert Roots.of("r", mixed).sandbox
    assert refused(version(FIRST), roots=Roots.of("r", mixed)) == "SANDBOX"
