"""Real SSH keys through ssh-keygen, and security keys in software, as OpenSSH's PROTOCOL.u2f describes them."""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.crypto.sshsig import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = b"ssh:"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


def field(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def number(value: int) -> bytes:
    """Write a positive mpint."""
    return field(value.to_bytes(value.bit_length() // 8 + 1))


def armoured(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join([BEGIN, *lines, END, ""])


def blob_of(armour: str) -> bytes:
    return base64.b64decode("".join(armour.strip().split("\n")[1:-1]))


def sshsig(key: bytes, namespace: bytes, inner: bytes, digest: bytes = b"sha512", version: int = 1) -> bytes:
    """Put a signature together as PROTOCOL.sshsig has it."""
    parts = (field(part) for part in (key, namespace, b"", digest, inner))
    return b"SSHSIG" + struct.pack(">I", version) + b"".join(parts)


def signed_bytes(message: bytes, namespace: bytes, digest: str = "sha512") -> bytes:
    parts = (namespace, b"", digest.encode(), hashlib.new(digest, message).digest())
    return b"SSHSIG" + b"".join(map(field, parts))


def line(blob: bytes) -> str:
    """Return the public key line of a key's bytes."""
    size = int.from_bytes(blob[:4])
    return f"{blob[4 : 4 + size].decode()} {base64.b64encode(blob).decode()}"


@dataclass(frozen=True)
class Key:
    """A key pair that ssh-keygen made."""

    path: Path
    public: str

    @property
    def blob(self) -> bytes:
        return base64.b64decode(self.public.split()[1])

    def sign(self, message: bytes, namespace: str = NAMESPACE, *options: str) -> str:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.path), "-n", namespace, *options]
        return subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode()


def make_key(path: Path, kind: str, bits: int) -> Key:
    command = ["ssh-keygen", "-q", "-t", kind, "-b", str(bits), "-N", "", "-C", "someone@example.org", "-f", str(path)]
    subprocess.run(command, check=True)
    public = path.with_name(f"{path.name}.pub").read_text()
    return Key(path, " ".join(public.split()[:2]))


@dataclass(frozen=True)
class SoftKey:
    """A security key in software: it signs what hardware would, touched or not."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, kind: str) -> SoftKey:
        return cls(
            ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        )

    @property
    def kind(self) -> bytes:
        edwards = isinstance(self.private, ed25519.Ed25519PrivateKey)
        return b"sk-ssh-ed25519@openssh.com" if edwards else b"sk-ecdsa-sha2-nistp256@openssh.com"

    @property
    def blob(self) -> bytes:
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            point = field(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        else:
            point = field(b"nistp256") + field(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        return field(self.kind) + point + field(APPLICATION)

    @property
    def public(self) -> str:
        return line(self.blob)

    def sign(self, message: bytes, namespace: str = NAMESPACE, flags: int = 1, counter: int = 7) -> str:
        asked = hashlib.sha256(signed_bytes(message, namespace.encode())).digest()
        rest = struct.pack(">BI", flags, counter)
        value = self._raw(hashlib.sha256(APPLICATION).digest() + rest + asked)
        return armoured(sshsig(self.blob, namespace.encode(), field(self.kind) + field(value) + rest))

    def _raw(self, data: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return number(r) + number(s)


def openssh_accepts(folder: Path, armour: str, message: bytes, public: str, namespace: str = NAMESPACE) -> bool:
    """Ask ``ssh-keygen -Y verify``."""
    allowed, signature = folder / "allowed", folder / "signature"
    allowed.write_text(f'someone namespaces="{namespace}" {public}\n')
    signature.write_text(armour)
    command = ["ssh-keygen", "-q", "-Y", "verify", "-f", str(allowed), "-I", "someone", "-n", namespace]
    done = subprocess.run([*command, "-s", str(signature)], input=message, capture_output=True, check=False)
    return done.returncode == 0
