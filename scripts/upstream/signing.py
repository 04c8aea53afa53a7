"""An envelope signed anew, the same bytes every time: ECDSA with RFC 6979's nonce, not a random one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.dsse import Envelope

from counterseal.crypto import dsse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


def public_pem(key: EllipticCurvePrivateKey) -> str:
    """Return the PEM text of a key's public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(payload: bytes, key: EllipticCurvePrivateKey, keyid: str) -> dict[str, Any]:
    """Sign an in-toto payload, with whatever the verifier calls the key, and return the envelope as plain JSON."""
    bytes_signed = Envelope(payload, dsse.STATEMENT, {}).pae()
    signature = key.sign(bytes_signed, ec.ECDSA(SHA256(), deterministic_signing=True))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": dsse.STATEMENT,
        "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
    }
