"""Statements that machines sign: DSSE envelopes with one P-256 signature, in Sigstore bundles.

The rules, in the order ``open_envelope`` applies them:

* one envelope with nothing beside what is signed, one signature, the payload type that was asked for;
* the signature names a key the caller trusts for this role, and it holds;
* the payload is canonical JSON, so that a value has one digest;
* only then is the payload parsed, and the bytes parsed are the bytes verified.

A key's id is the SHA-256 of its PEM text, as Sigstore bundles and OpenSSF Model Signing have it.
Spec: DSSE v1.0.2 (protocol.md), Sigstore bundle v0.3.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import AfterValidator
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

STATEMENT = "application/vnd.in-toto+json"
HEAD = "application/vnd.counterseal.head+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def _p256(pem: str) -> str:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = "expected a public key in PEM form"
        raise ValueError(msg) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        msg = "expected an ECDSA key on the curve P-256"
        raise ValueError(msg)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


MachineKey = Annotated[str, AfterValidator(_p256)]


@lru_cache(maxsize=256)
def keyid(pem: str) -> str:
    """Return a machine key's id."""
    return sha256(pem.encode())


def material(pem: str) -> bytes:
    """Return what a machine key's private half stands behind, as ``sshsig.material`` has it."""
    return load_pem_public_key(pem.encode()).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@lru_cache(maxsize=256)
def public_key(pem: str) -> SSlibKey:
    """Return a PEM public key as in-toto and securesystemslib want it."""
    return SSlibKey.from_crypto(load_pem_public_key(pem.encode()), keyid=keyid(pem))


def signer(private: ec.EllipticCurvePrivateKey) -> CryptoSigner:
    """Return a signer for a private key that the caller holds."""
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return CryptoSigner(private, public_key(pem))


def sign(payload: bytes, payload_type: str, by: CryptoSigner) -> dict[str, Any]:
    """Sign a payload and return its envelope as plain JSON."""
    envelope = Envelope(payload, payload_type, {})
    envelope.sign(by)
    return dict(envelope.to_dict())


def bundle(envelope: dict[str, Any]) -> dict[str, Any]:
    """Wrap an envelope in a Sigstore bundle whose verification material is a key hint."""
    hint = envelope["signatures"][0]["keyid"]
    material = {"publicKey": {"hint": hint}, "tlogEntries": []}
    return {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}


def open_bundle(data: bytes, keys: Iterable[str], where: str, payload_type: str = STATEMENT) -> Any:  # noqa: ANN401
    """Verify a Sigstore bundle with one of ``keys`` (PEM) and return its payload; raise Refused otherwise."""
    value = strict_json.loads(data, where)
    if not isinstance(value, dict) or value.get("mediaType") != BUNDLE or "dsseEnvelope" not in value:
        raise refuse("BUNDLE_FORM", where, f"a bundle of type {BUNDLE}", "something else")
    payload = open_envelope(value["dsseEnvelope"], keys, where, payload_type)
    if value != bundle(value["dsseEnvelope"]):
        raise refuse("BUNDLE_FORM", where, "an envelope, its key's hint and nothing else", "something else")
    return payload


def open_envelope(value: Any, keys: Iterable[str], where: str, payload_type: str = STATEMENT) -> Any:  # noqa: ANN401
    """Verify an envelope with one of ``keys`` (PEM) and return its payload; raise Refused otherwise."""
    payload = _verified(value, {keyid(pem): pem for pem in keys}, where, payload_type)
    return strict_json.loads_canonical(payload, where)


def _verified(value: Any, keys: dict[str, str], where: str, payload_type: str) -> bytes:  # noqa: ANN401
    try:
        envelope = Envelope.from_dict(copy.deepcopy(value))  # from_dict rewrites its argument
        found, count = envelope.payload_type, len(value["signatures"])
        exact = envelope.to_dict() == value and all(set(item) == {"keyid", "sig"} for item in value["signatures"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refuse("ENVELOPE_FORM", where, "a DSSE envelope", "something else") from error
    if not exact:
        raise refuse("ENVELOPE_FORM", where, "a DSSE envelope in its one spelling", "another spelling, or more")
    if found != payload_type:
        raise refuse("ENVELOPE_TYPE", where, payload_type, str(found)[:80])
    if count != 1:
        raise refuse("ENVELOPE_SIGNATURES", where, "one signature", f"{count}")
    named = next(iter(envelope.signatures))
    if named not in keys:
        raise _unknown_key(named, where)
    try:
        envelope.verify([public_key(keys[named])], threshold=1)
    except VerificationError as error:
        raise refuse("BAD_SIGNATURE", where, f"a signature by key {named[:12]}…", "one that does not hold") from error
    return bytes(envelope.payload)


def _unknown_key(named: str, where: str) -> Refused:
    mend = "the key was never trusted for this role, or no longer is: see `counterseal trust show`"
    return refuse("UNKNOWN_KEY", where, "a key trusted for this role", f"key {str(named)[:12]}…", mend)
