"""Keys whose private halves everybody has: those of sandboxes, which are good for nothing else.

* A private half is the SHA-256 of a text that stands here, with a name behind it: the seed of an Ed25519 key for a
  person, the scalar of a P-256 key for a machine.
* ``is_published`` knows a key by what its private half stands behind, so that no other spelling of it gets past: a
  machine's point as an SSH key, a person's as a security key.
* Names are only ever added. A key that was published once is published for ever.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: Three personas, a newcomer, and a second key for each.
PEOPLE = ("alice", "bob", "carol", "dave", "alice-2", "bob-2", "carol-2", "dave-2")
#: The roles of machines, and a second key for each.
MACHINES = ("ci", "layout", "promoter", "ci-2", "layout-2", "promoter-2")
_TEXT = "counterseal: a sandbox's key, published so that nobody relies on it: "


def person(name: str) -> ed25519.Ed25519PrivateKey:
    """Return the private key of a sandbox's person."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(_secret(name))


def machine(role: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a sandbox's machine."""
    return ec.derive_private_key(int.from_bytes(_secret(role)), ec.SECP256R1())


def is_published(material: bytes) -> bool:
    """Say whether everybody has a private key, given what it stands behind (``sshsig.material``, ``dsse.material``)."""
    return material in _materials()


def _secret(name: str) -> bytes:
    return sha256(f"{_TEXT}{name}".encode()).digest()


@cache
def _materials() -> frozenset[bytes]:
    points = (machine(role).public_key() for role in MACHINES)
    return frozenset(
        [person(name).public_key().public_bytes_raw() for name in PEOPLE]
        + [point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for point in points]
    )
