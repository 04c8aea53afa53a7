"""A sandbox's keys are known to everybody, in every spelling, and stay so."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.crypto import dsse, published, sshsig
from tests.counterseal.crypto.ssh import SoftKey

#: Fingerprints and key ids, as they were first published: an older version's keys must be known to a newer one.
FIRST = {
    "alice": "SHA256:kLdfZAaUsaQadiRgMSxwFlRaNBe90VksxtAcDJzUlHU",
    "bob": "SHA256:2CUmI/lUU+oL5pHCIf6TniWctAI3O41WxQ9njB5IM7Q",
    "carol": "SHA256:F1AK208cGOUcgGNdAxiZTgHKxxLzo/eXolhNryzd85Y",
    "dave": "SHA256:jqKl47AGtC0I/p0s4hOT7Fzk0tvUICfPkwa6SJyyAZM",
    "alice-2": "SHA256:4QyjOOoWanI88+o2WZbJboLSzR6mg9ivzL8ZOkW0l0o",
    "bob-2": "SHA256:pRFFjt9WWa4VBhMO3EHNnws/9TadiZRr1xezqHsRaBc",
    "carol-2": "SHA256:KicP7pxNJN3cXGf3JLvofexCWpJDmYvfPsj6kJT9KjM",
    "dave-2": "SHA256:I3uEcJS4oLIoTmKpjfeVdnsWLr8VcYfrGYh/YRXjHlk",
    "ci": "01408c11fe4f4bd4aa9d3e010396fe312cda253060d8f94b41467615b57cd4b0",
    "layout": "58738c468ca797e84c10b7037dfbcc30c40a8a25f33a7d021cf03ef412b162ba",
    "promoter": "57df40f7e36f26dcfebf6c4bd88c83a8128fb395a0e32d40ee019406ef5ed91f",
    "ci-2": "46c77bf933d6bf125ff6a68ff8178c31860afb086e58531d3a91ea7e5df49754",
    "layout-2": "ed1f0bfadccf1580e7042e1fa8633116f32919eab7cf40767645b1505b552f76",
    "promoter-2": "91046bf188a67b28490c07df9d50b106b83074c1f0bf8f64c45035e69e630a41",
}


def ssh(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def pem(role: str) -> str:
    return published.machine(role).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_once_published_is_published_for_ever() -> None:
    people = {name: sshsig.fingerprint(ssh(published.person(name).public_key())) for name in published.PEOPLE}
    assert FIRST.items() <= (people | {role: dsse.keyid(pem(role)) for role in published.MACHINES}).items()


def test_each_is_known_and_stands_for_itself() -> None:
    people = [sshsig.material(ssh(published.person(name).public_key())) for name in published.PEOPLE]
    machines = [dsse.material(pem(role)) for role in published.MACHINES]
    assert all(map(published.is_published, [*people, *machines]))
    assert len({*people, *machines}) == len(published.PEOPLE) + len(published.MACHINES)


def test_no_other_spelling_gets_past() -> None:
    for key in (published.person("bob"), published.machine("ci")):
        assert published.is_published(sshsig.material(SoftKey(key).public)), "as a security key"
    assert published.is_published(sshsig.material(ssh(published.machine("ci").public_key()))), "a machine's for SSH"


def test_nobody_elses_is_known() -> None:
    assert not published.is_published(sshsig.material(ssh(ed25519.Ed25519PrivateKey.generate().public_key())))
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert not published.is_published(other.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    assert not published.is_published(b"")
