"""The trust: who is listed, and a chain of versions in which each is signed by the one before and by itself."""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.crypto import sealed
from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.documents.trust import Roots, RootsSpec, Trust, follow
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.counterseal.crypto.ssh import armoured, field, line, signed_bytes, sshsig
from tests.goldens.examples import LOG_ID, machine, pem, person, seal, second_trust, ssh_key, ssh_sign, trust

FIRST = trust()
ROOTS = FIRST.roots()
PLAIN: dict[str, Any] = FIRST.plain()["spec"]
PEOPLE = PLAIN["people"]
MACHINES = PLAIN["machines"]


def fido(kind: bytes, point: bytes, application: bytes = b"ssh:") -> str:
    return line(field(kind) + point + field(application))


#: The same private keys in other words.
AS_SSH = {
    role: machine(role).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    for role in ("ci", "promoter")
}
POINT = machine("ci").public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
ANN = field(person("ann").public_key().public_bytes_raw())
AS_FIDO = {
    "ci": fido(b"sk-ecdsa-sha2-nistp256@openssh.com", field(b"nistp256") + field(POINT)),
    "ann": fido(b"sk-ssh-ed25519@openssh.com", ANN),
    "ann elsewhere": fido(
        b"sk-ssh-ed25519@openssh.com", field(person("ann").public_key().public_bytes_raw()), b"ssh:x"
    ),
}
Version = tuple[str, bytes]


def version(made: Trust, *people: str) -> Version:
    return places.trust(made.spec.version), seal(made.write(), *(people or ("ann", "kim")))


def refused(*versions: Version, roots: Roots = ROOTS) -> str:
    with pytest.raises(Refused) as error:
        follow(versions, roots)
    return error.value.code


def test_a_trust_reads_back() -> None:
    for made in (FIRST, second_trust()):
        assert Trust.open(version(made)[1], "x")[0] == made


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"quorums": {k: v for k, v in PLAIN["quorums"].items() if k != "code"}}, "missing: code"),
        ({"quorums": PLAIN["quorums"] | {"low": ["nobody"]}}, "unknown: nobody"),
        ({"quorums": PLAIN["quorums"] | {"low": []}}, "quorums.low"),
        ({"quorums": PLAIN["quorums"] | {"lowest": ["risk"]}}, "quorums.lowest"),
        ({"roles": {k: v for k, v in PLAIN["roles"].items() if k != "operator"}}, "'operator'"),
        ({"roles": PLAIN["roles"] | {"risk": ["eve"]}}, "unknown: eve"),
        ({"roles": PLAIN["roles"] | {"risk": []}}, "roles.risk"),
        ({"root": {"members": ["ann", "eve"], "threshold": 1}}, "unknown: eve"),
        ({"root": {"members": ["ann", "kim"], "threshold": 3}}, "at most 2"),
        ({"root": {"members": ["ann", "ann"], "threshold": 2}}, "at most 1"),
        ({"root": {"members": ["ann"], "threshold": 0}}, "threshold"),
        ({"root": {"members": [], "threshold": 1}}, "members"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": PEOPLE["ann"]["keys"]}}}, "each key in one place"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [ssh_key("x"), ssh_key("x")]}}}, "each key in one place"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": []}}}, "keys"),
        ({"people": PEOPLE | {"Bob": PEOPLE["bob"]}}, "people.Bob"),
        ({"machines": MACHINES | {"layout": MACHINES["ci"]}}, "each key in one place"),
        ({"machines": MACHINES | {"ci": []}}, "machines.ci"),
        ({"machines": MACHINES | {"server": MACHINES["ci"]}}, "machines.server"),
        ({"machines": {k: v for k, v in MACHINES.items() if k != "promoter"}}, "machines.promoter"),
        ({"machines": MACHINES | {"ci": [{"publicKey": ssh_key("x")}]}}, "in PEM form"),
        ({"retired": {fingerprint(ssh_key("ann")): 1}}, "no retired or compromised key in use"),
        ({"compromised": {fingerprint(ssh_key("robo")): 0}}, "no retired or compromised key in use"),
        ({"compromised": {keyid(pem("promoter")): 1}}, "no retired or compromised key in use"),
        ({"retired": {keyid(pem("ci")): 1}}, "no retired or compromised key in use"),
        ({"compromised": {"some key": 1}}, "compromised"),
        ({"compromised": {keyid(pem("x")): -1}}, "compromised"),
        ({"version": 0}, "version"),
        ({"root": {"members": ["ann", "kim", "robo"], "threshold": 2}}, "who are people; bots: robo"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [AS_SSH["ci"]]}}}, "each key in one place"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [AS_FIDO["ci"]]}}}, "each key in one place"),
        ({"people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [AS_FIDO["ann"]]}}}, "each key in one place"),
        ({"log": "optional"}, "log"),
        ({"void": [-1]}, "void"),
        ({"void": ["1"]}, "void"),
    ],
)
def test_what_does_not_hold_together(changed: dict[str, Any], told: str) -> None:
    assert trust()
    with pytest.raises(Refused) as error:
        Trust.read_json(strict_json.canonical(FIRST.plain() | {"spec": PLAIN | changed}), "x")
    assert told in str(error.value)


def test_who_holds_which_keys() -> None:
    assert FIRST.keys_of(["ann", "eve"]) == {"ann": (ssh_key("ann"),)}
    assert FIRST.machine_keys("ci") == (pem("ci"),)
    assert FIRST.machine_keys("nothing") == ()


def test_a_key_is_compromised_from_a_number_on() -> None:
    made = trust(compromised={keyid(pem("x")): 2, fingerprint(ssh_key("y")): 5})
    assert made.compromised_at(1) == frozenset()
    assert made.compromised_at(2) == made.compromised_at(4) == {keyid(pem("x"))}
    assert made.compromised_at(5) == {keyid(pem("x")), fingerprint(ssh_key("y"))}


def test_without_some_keys() -> None:
    gone = frozenset({fingerprint(ssh_key("ann")), keyid(pem("ci"))})
    less = FIRST.without(gone)
    assert less.keys_of(["ann", "kim"]) == {"ann": (), "kim": (ssh_key("kim"),)}
    assert (less.machine_keys("ci"), less.machine_keys("promoter")) == ((), (pem("promoter"),))
    assert FIRST.machine_keys("ci") == (pem("ci"),)
    assert FIRST.without(frozenset()) == FIRST


def test_the_roots_of_a_trust() -> None:
    assert ROOTS.spec.keys == {"ann": (ssh_key("ann"),), "kim": (ssh_key("kim"),)}
    assert (ROOTS.spec.threshold, ROOTS.spec.log_id) == (2, LOG_ID)
    assert Roots.read(ROOTS.write(), "x") == ROOTS


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
        {"machines": without, "people": PEOPLE | {"bob": PEOPLE["bob"] | {"keys": [AS_SSH["ci"]]}}},
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
    people = PEOPLE | {"ann": PEOPLE["ann"] | {"keys": [AS_FIDO["ann"], ssh_key("fresh")]}}
    taken = trust(2, people=people, **{listed: {fingerprint(ssh_key("ann")): 1}})
    assert refused(version(FIRST), version(taken)) == "TRUST_KEY_RETURNED"


def test_a_private_key_in_two_spellings_counts_once() -> None:
    twice = RootsSpec(log_id=LOG_ID, threshold=2, keys={"ann": (ssh_key("ann"),), "kim": (AS_FIDO["ann elsewhere"],)})
    body = FIRST.write()
    asked = sealed.Sealed(body, {"ann": ssh_sign("ann", body), "kim": ssh_sign_fido("ann", body, b"ssh:x")}, "x")
    assert set(asked.signers(twice.keys)) == {"ann", "kim"}, "both hold"
    assert not Roots.of("r", twice).enough(asked)
    assert Roots.of("r", twice.model_copy(update={"threshold": 1})).enough(asked)


def ssh_sign_fido(name: str, message: bytes, application: bytes) -> str:
    """Sign as a security key would, with a key that is none."""
    kind, rest = b"sk-ssh-ed25519@openssh.com", b"\x01\x00\x00\x00\x07"
    asked = hashlib.sha256(signed_bytes(message, b"counterseal")).digest()
    value = person(name).sign(hashlib.sha256(application).digest() + rest + asked)
    blob = field(kind) + field(person(name).public_key().public_bytes_raw()) + field(application)
    return armoured(sshsig(blob, b"counterseal", field(kind) + field(value) + rest))


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
