"""The trust: who is listed with which keys, and what does not hold together."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.crypto import sealed
from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.documents.trust import Roots, RootsSpec, Trust
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
