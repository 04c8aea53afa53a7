"""Verify SSH signatures (OpenSSH's PROTOCOL.sshsig) without a process per signature.

The rules, in order:

* the armour and the blob inside are read whole, nothing before, between or after, in the one spelling base64 has;
* the namespace is the one asked for, the hash is SHA-256 or SHA-512;
* the key inside is one of the keys offered, byte for byte;
* the signature holds for that key; RSA keys have 2048 bits or more and never sign with SHA-1;
* a FIDO key's signature carries the user-presence flag (PROTOCOL.u2f).

A public key has one spelling too (``PublicKey``), so that nobody's key counts twice by being written in two ways.
Signing is left to ``ssh-keygen``: private keys are never read here.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
from pydantic import AfterValidator

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "counterseal"
GIT_NAMESPACE = "git"

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_MAX_ARMOUR = 16 * 1024
_MIN_RSA_BITS = 2048
_USER_PRESENT = 0x01
_UNCOMPRESSED = 0x04
_FIDO = (b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com")
_CURVE_HASH: dict[bytes, hashes.HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
}
_RSA_HASH: dict[bytes, hashes.HashAlgorithm] = {b"rsa-sha2-256": hashes.SHA256(), b"rsa-sha2-512": hashes.SHA512()}


class BadSignatureError(Exception):
    """The signature does not hold; the message says why."""


def _normal(line: str) -> str:
    """Return ``type base64`` of a public key line, without its comment."""
    parts = line.split()
    try:
        key = _read_key(_decode(parts[1]))
    except (IndexError, BadSignatureError) as error:
        reason = f" ({error})" if isinstance(error, BadSignatureError) else ""
        msg = f"expected an SSH public key like 'ssh-ed25519 AAAA…', got {line[:40]!r}{reason}"
        raise ValueError(msg) from error
    if key.kind.decode() != parts[0]:
        msg = f"the key says it is {parts[0]!r}, its bytes say {key.kind.decode()!r}"
        raise ValueError(msg)
    return f"{parts[0]} {parts[1]}"


PublicKey = Annotated[str, AfterValidator(_normal)]


def fingerprint(key: str) -> str:
    """Return a key's fingerprint as ``ssh-keygen -lf`` prints it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def material(key: str) -> bytes:
    """Return what a key's private half stands behind, however the public one is written: its point, or its modulus."""
    public = _read_key(base64.b64decode(key.split()[1])).public
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_numbers().n.to_bytes(public.key_size // 8 + 1)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert isinstance(public, ed25519.Ed25519PublicKey)  # noqa: S101 (there is no fourth kind)
    return public.public_bytes_raw()


def verify(armour: str, message: bytes, keys: Iterable[str], *, namespace: str = NAMESPACE) -> str:
    """Return the one of ``keys`` that signed ``message``; raise BadSignatureError if none did."""
    signature = _parse(armour)
    if signature.namespace != namespace.encode():
        msg = f"made for the namespace {signature.namespace!r}, not {namespace!r}"
        raise BadSignatureError(msg)
    for key in keys:
        if base64.b64decode(key.split()[1]) == signature.key:
            _check(signature, message)
            return key
    msg = "made by a key that is not one of those expected"
    raise BadSignatureError(msg)


@dataclass(frozen=True)
class _Key:
    """A public key in its one encoding; ``application`` is what a FIDO key was made for."""

    kind: bytes
    public: object
    application: bytes = b""


@dataclass(frozen=True)
class _Signature:
    key: bytes
    namespace: bytes
    digest: bytes
    algorithm: bytes
    value: bytes
    rest: bytes

    def signed(self, message: bytes) -> bytes:
        hashed = hashlib.new(self.digest.decode(), message).digest()
        return _MAGIC + b"".join(_field(part) for part in (self.namespace, b"", self.digest, hashed))


def _field(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


class _Fields:
    """Reads SSH's length-prefixed fields; running out of bytes is a bad signature."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> bytes:
        if len(self.data) < size:
            msg = "cut short"
            raise BadSignatureError(msg)
        part, self.data = self.data[:size], self.data[size:]
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(4))

    def text(self) -> bytes:
        return self.take(self.number())

    def end(self) -> None:
        if self.data:
            msg = "bytes left over"
            raise BadSignatureError(msg)


def _parse(armour: str) -> _Signature:
    lines = armour.strip().split("\n")
    if len(armour) > _MAX_ARMOUR or lines[0] != _BEGIN or lines[-1] != _END:
        msg = "not an armoured SSH signature"
        raise BadSignatureError(msg)
    fields = _Fields(_decode("".join(lines[1:-1])))
    if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != 1:
        msg = "not an SSH signature of version 1"
        raise BadSignatureError(msg)
    key, namespace, _reserved, digest, inner = (fields.text() for _ in range(5))
    fields.end()
    if digest not in (b"sha256", b"sha512"):
        msg = f"hashed with {digest!r}"
        raise BadSignatureError(msg)
    value = _Fields(inner)
    algorithm = value.text()
    return _Signature(key, namespace, digest, algorithm, value.text(), value.data)


def _decode(text: str) -> bytes:
    """Read base64; a second spelling of the same bytes is refused, as OpenSSH refuses it."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        msg = "broken base64"
        raise BadSignatureError(msg) from error
    if base64.b64encode(data).decode() != text:
        msg = "base64 in another spelling"
        raise BadSignatureError(msg)
    return data


def _read_key(blob: bytes) -> _Key:
    """Read a public key of a type and strength that may sign, in its one encoding."""
    kind = _Fields(blob).text()
    try:
        key = _read_fido(blob) if kind in _FIDO else _read_plain(kind, blob)
    except (UnsupportedAlgorithm, ValueError, NotImplementedError) as error:
        msg = f"a key of type {kind!r} that cannot be read"
        raise BadSignatureError(msg) from error
    if isinstance(key.public, rsa.RSAPublicKey) and key.public.key_size < _MIN_RSA_BITS:
        msg = f"an RSA key of {key.public.key_size} bits"
        raise BadSignatureError(msg)
    return key


def _read_plain(kind: bytes, blob: bytes) -> _Key:
    if kind not in (b"ssh-ed25519", b"ssh-rsa", *_CURVE_HASH):
        msg = f"a key of type {kind!r}"
        raise BadSignatureError(msg)
    line = kind + b" " + base64.b64encode(blob)
    public = load_ssh_public_key(line)
    if public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) != line:
        msg = "a key in another encoding"
        raise BadSignatureError(msg)
    return _Key(kind, public)


def _read_fido(blob: bytes) -> _Key:
    fields = _Fields(blob)
    kind = fields.text()
    curve = fields.text() if kind == _FIDO[1] else b""
    point, application = fields.text(), fields.text()
    fields.end()
    if not curve:
        return _Key(kind, ed25519.Ed25519PublicKey.from_public_bytes(point), application)
    if curve != b"nistp256" or not point or point[0] != _UNCOMPRESSED:
        msg = "a key in another encoding"
        raise BadSignatureError(msg)
    return _Key(kind, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), application)


def _check(signature: _Signature, message: bytes) -> None:
    key = _read_key(signature.key)
    signed = signature.signed(message)
    if key.kind in _FIDO:
        signed = _touched(key, signature, signed)
    elif signature.rest:
        msg = "bytes left over"
        raise BadSignatureError(msg)
    try:
        _check_bytes(key, signature, signed)
    except (InvalidSignature, ValueError) as error:
        msg = "the signature does not match the bytes"
        raise BadSignatureError(msg) from error


def _check_bytes(key: _Key, signature: _Signature, signed: bytes) -> None:
    public, same = key.public, signature.algorithm == key.kind
    if isinstance(public, ed25519.Ed25519PublicKey) and same:
        public.verify(signature.value, signed)
    elif isinstance(public, ec.EllipticCurvePublicKey) and same:
        public.verify(_ecdsa(signature.value), signed, ec.ECDSA(_CURVE_HASH.get(key.kind, hashes.SHA256())))
    elif isinstance(public, rsa.RSAPublicKey) and signature.algorithm in _RSA_HASH:
        public.verify(signature.value, signed, padding.PKCS1v15(), _RSA_HASH[signature.algorithm])
    else:
        msg = f"made with {signature.algorithm!r} by a key of type {key.kind!r}"
        raise BadSignatureError(msg)


def _touched(key: _Key, signature: _Signature, signed: bytes) -> bytes:
    """Return what a security key signs: hash(application), flags, counter and hash(message)."""
    rest = _Fields(signature.rest)
    flags, counter = rest.take(1), rest.take(4)
    rest.end()
    if not flags[0] & _USER_PRESENT:
        msg = "a security key that nobody touched"
        raise BadSignatureError(msg)
    return hashlib.sha256(key.application).digest() + flags + counter + hashlib.sha256(signed).digest()


def _ecdsa(value: bytes) -> bytes:
    fields = _Fields(value)
    r, s = int.from_bytes(fields.text()), int.from_bytes(fields.text())
    fields.end()
    return encode_dss_signature(r, s)
