"""SSH signatures: what OpenSSH accepts is accepted, and no bit of a signature may differ."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from counterseal.crypto.sshsig import GIT_NAMESPACE, BadSignatureError, PublicKey, fingerprint, verify
from tests.counterseal.crypto.ssh import (
    END,
    Key,
    SoftKey,
    armoured,
    blob_of,
    field,
    line,
    make_key,
    openssh_accepts,
    signed_bytes,
    sshsig,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Keys = Mapping[str, Key | SoftKey]

MESSAGE = b"apiVersion: counterseal/v1\n"
GOOD = ["ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa2048", "fido-ed25519", "fido-ecdsa"]
PUBLIC: TypeAdapter[str] = TypeAdapter(PublicKey)


def refused(armour: str, message: bytes, *keys: str, namespace: str = "counterseal") -> str:
    with pytest.raises(BadSignatureError) as error:
        verify(armour, message, keys, namespace=namespace)
    return str(error.value)


@pytest.mark.parametrize("name", GOOD)
def test_a_signature_holds_for_us_and_for_openssh(keys: Keys, tmp_path: Path, name: str) -> None:
    key, other = keys[name], keys["other"].public
    for message in (MESSAGE, b"", os.urandom(100_000)):
        armour = key.sign(message)
        assert verify(armour, message, [other, key.public]) == key.public
        assert openssh_accepts(tmp_path, armour, message, key.public)


@pytest.mark.parametrize("name", GOOD)
def test_another_message_key_or_namespace_does_not(keys: Keys, tmp_path: Path, name: str) -> None:
    key, other = keys[name], keys["other"].public
    armour = key.sign(MESSAGE)
    assert "does not match" in refused(armour, MESSAGE + b" ", key.public)
    assert "not one of those expected" in refused(armour, MESSAGE, other)
    assert "not one of those expected" in refused(armour, MESSAGE)
    assert "namespace" in refused(armour, MESSAGE, key.public, namespace="git")
    assert "namespace" in refused(key.sign(MESSAGE, "git"), MESSAGE, key.public)
    assert not openssh_accepts(tmp_path, armour, MESSAGE + b" ", key.public)
    assert not openssh_accepts(tmp_path, armour, MESSAGE, other)
    assert not openssh_accepts(tmp_path, armour, MESSAGE, key.public, "git")


@pytest.mark.parametrize("name", GOOD)
def test_no_bit_of_a_signature_may_differ(keys: Keys, name: str) -> None:
    key = keys[name]
    blob = blob_of(key.sign(MESSAGE))
    for place in range(len(blob)):
        for bit in range(8) if len(blob) < 280 else (place % 8,):
            flipped = bytearray(blob)
            flipped[place] ^= 1 << bit
            refused(armoured(bytes(flipped)), MESSAGE, key.public)
    assert verify(armoured(blob), MESSAGE, [key.public])


@pytest.mark.parametrize("name", GOOD)
def test_no_letter_of_its_armour_may_differ(keys: Keys, name: str) -> None:
    key = keys[name]
    armour = armoured(blob_of(key.sign(MESSAGE))).strip()
    for place, letter in enumerate(armour):
        for changed in {"A", "=", "\n", "é", chr(ord(letter) ^ 1)} - {letter}:
            refused(armour[:place] + changed + armour[place + 1 :], MESSAGE, key.public)


@pytest.mark.parametrize("name", GOOD)
def test_nothing_may_be_missing_or_added(keys: Keys, name: str) -> None:
    key = keys[name]
    armour = key.sign(MESSAGE)
    blob = blob_of(armour)
    for size in range(len(blob)):
        refused(armoured(blob[:size]), MESSAGE, key.public)
    for added in (blob + b"\0", b"\0" + blob, blob + blob):
        refused(armoured(added), MESSAGE, key.public)
    for around in (
        f"x\n{armour}",
        f"{armour}x",
        armour * 2,
        armour.replace("\n", "\r\n"),
        armour.replace(END, f"\n {END}"),
    ):
        refused(around, MESSAGE, key.public)
    assert verify(f"\n{armour}\n\n", MESSAGE, [key.public])


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_bad_signature(keys: Keys, data: bytes) -> None:
    public = keys["ed25519"].public
    refused(armoured(data), MESSAGE, public)
    refused(armoured(b"SSHSIG\0\0\0\1" + data), MESSAGE, public)
    refused(armoured(sshsig(keys["ed25519"].blob, b"counterseal", data)), MESSAGE, public)
    refused(armoured(sshsig(keys["fido-ecdsa"].blob, b"counterseal", data)), MESSAGE, keys["fido-ecdsa"].public)


@given(st.text(max_size=60))
def test_nor_does_any_text(keys: Keys, text: str) -> None:
    refused(text, MESSAGE, keys["ed25519"].public)
    refused(f"-----BEGIN SSH SIGNATURE-----\n{text}\n{END}", MESSAGE, keys["ed25519"].public)


@given(st.integers(0, len(MESSAGE) * 8 - 1))
def test_no_bit_of_the_message_may_differ(keys: Keys, place: int) -> None:
    key = keys["ed25519"]
    changed = bytearray(MESSAGE)
    changed[place // 8] ^= 1 << place % 8
    refused(_ed25519_signature(key), bytes(changed), key.public)


_MADE: dict[str, str] = {}


def _ed25519_signature(key: Key | SoftKey) -> str:
    return _MADE.setdefault(key.public, key.sign(MESSAGE))


def test_both_hashes_of_the_protocol_and_no_other(keys: Keys) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    for digest in ("sha256", "sha512"):
        assert verify(key.sign(MESSAGE, "counterseal", "-O", f"hashalg={digest}"), MESSAGE, [key.public])
    private = load_ssh_private_key(key.path.read_bytes(), None)
    for digest in ("sha1", "sha384"):
        value = private.sign(signed_bytes(MESSAGE, b"counterseal", digest))  # type: ignore[call-arg]
        blob = sshsig(key.blob, b"counterseal", field(b"ssh-ed25519") + field(value), digest.encode())
        assert "hashed with" in refused(armoured(blob), MESSAGE, key.public)


def test_the_first_version_of_the_protocol_and_no_other(keys: Keys) -> None:
    key = keys["ed25519"]
    inner = blob_of(key.sign(MESSAGE)).partition(field(b"sha512"))[2][4:]
    assert verify(armoured(sshsig(key.blob, b"counterseal", inner)), MESSAGE, [key.public])
    for version in (0, 2, 2**31):
        blob = sshsig(key.blob, b"counterseal", inner, version=version)
        assert "version 1" in refused(armoured(blob), MESSAGE, key.public)


def test_a_long_armour_is_not_even_read(keys: Keys) -> None:
    armour = keys["ed25519"].sign(MESSAGE)
    assert "not an armoured" in refused(armour.replace("\n", "\n" * 20_000), MESSAGE, keys["ed25519"].public)


def rsa_signature(key: Key, digest: hashes.HashAlgorithm, algorithm: bytes) -> str:
    private = load_ssh_private_key(key.path.read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    value = private.sign(signed_bytes(MESSAGE, b"counterseal"), padding.PKCS1v15(), digest)
    return armoured(sshsig(key.blob, b"counterseal", field(algorithm) + field(value)))


def test_rsa_signs_with_sha2_only(keys: Keys) -> None:
    key = keys["rsa2048"]
    assert isinstance(key, Key)
    assert verify(rsa_signature(key, hashes.SHA256(), b"rsa-sha2-256"), MESSAGE, [key.public])
    assert verify(rsa_signature(key, hashes.SHA512(), b"rsa-sha2-512"), MESSAGE, [key.public])
    assert "made with b'ssh-rsa'" in refused(rsa_signature(key, hashes.SHA1(), b"ssh-rsa"), MESSAGE, key.public)  # noqa: S303
    assert refused(rsa_signature(key, hashes.SHA1(), b"rsa-sha2-256"), MESSAGE, key.public)  # noqa: S303
    assert refused(rsa_signature(key, hashes.SHA512(), b"rsa-sha2-256"), MESSAGE, key.public)


def test_rsa_below_2048_bits_neither_signs_nor_is_a_key(keys: Keys) -> None:
    weak = keys["rsa1024"]
    assert "1024 bits" in refused(weak.sign(MESSAGE), MESSAGE, weak.public)
    with pytest.raises(ValidationError, match="1024 bits"):
        PUBLIC.validate_python(weak.public)


def test_a_key_signs_with_its_own_algorithm(keys: Keys) -> None:
    for name in ("ed25519", "ecdsa256", "fido-ed25519", "fido-ecdsa"):
        key = keys[name]
        kind = key.public.split()[0].encode()
        blob = blob_of(key.sign(MESSAGE))
        head, _, tail = blob.rpartition(field(kind))
        for algorithm in (b"ssh-rsa", b"rsa-sha2-256", b"ssh-ed25519-cert-v01@openssh.com", b"none", b""):
            parts = blob[: -4 - len(field(kind) + tail)], field(field(algorithm) + tail)
            assert head
            assert "made with" in refused(armoured(b"".join(parts)), MESSAGE, key.public)


@pytest.mark.parametrize("name", ["fido-ed25519", "fido-ecdsa"])
def test_a_security_key_must_have_been_touched(keys: Keys, tmp_path: Path, name: str) -> None:
    key = keys[name]
    assert isinstance(key, SoftKey)
    for flags in (0x01, 0x05):  # touched; touched, and its owner verified
        armour = key.sign(MESSAGE, flags=flags, counter=0)
        assert verify(armour, MESSAGE, [key.public])
        assert openssh_accepts(tmp_path, armour, MESSAGE, key.public)
    for flags in (0x00, 0x04):
        assert "nobody touched" in refused(key.sign(MESSAGE, flags=flags), MESSAGE, key.public)


def test_a_security_key_signs_for_its_own_application_only(keys: Keys) -> None:
    key = keys["fido-ed25519"]
    other = key.blob.replace(field(b"ssh:"), field(b"ssh:elsewhere"))
    blob = blob_of(key.sign(MESSAGE)).replace(field(key.blob), field(other))
    assert "does not match" in refused(armoured(blob), MESSAGE, line(other))


def commit(folder: Path, key: Key, message: str) -> bytes:
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key.path}", "-c", "user.name=x", "-c", "user.email=x@y"]
    git = ["git", "-C", str(folder), *signing]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-S", "-m", message], check=True)
    return subprocess.run([*git, "cat-file", "commit", "HEAD"], check=True, capture_output=True).stdout


def parted(raw: bytes) -> tuple[bytes, str]:
    """Part a signed commit into what is signed and the signature."""
    found = re.search(rb"\ngpgsig (.*?\n)(?! )", raw, re.DOTALL)
    assert found
    return raw.replace(found[0][1:], b""), found[1].replace(b"\n ", b"\n").decode()


@pytest.mark.parametrize("name", ["ed25519", "ecdsa256", "rsa2048"])
def test_a_commit_that_git_signed(keys: Keys, tmp_path: Path, name: str) -> None:
    key = keys[name]
    assert isinstance(key, Key)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    signed, armour = parted(commit(tmp_path, key, "a subject\n\nand a body with gpgsig in it"))
    assert verify(armour, signed, [key.public], namespace=GIT_NAMESPACE) == key.public
    refused(armour, signed.replace(b"a subject", b"another"), key.public, namespace=GIT_NAMESPACE)
    refused(armour, signed, key.public)
    refused(armour, signed, keys["other"].public, namespace=GIT_NAMESPACE)


@pytest.mark.parametrize("name", GOOD)
def test_a_public_key_has_one_spelling(keys: Keys, tmp_path: Path, name: str) -> None:
    key = keys[name]
    kind, text = key.public.split()
    assert PUBLIC.validate_python(f"  {key.public}   a comment  ") == key.public
    file = tmp_path / "key.pub"
    file.write_text(f"{key.public}\n")
    listed = subprocess.run(["ssh-keygen", "-lf", str(file)], check=True, capture_output=True).stdout.decode()
    assert fingerprint(key.public) == listed.split()[1]
    for bad in (
        text,
        kind,
        f"{kind} {text[:-8]}",
        f"{kind} {line(key.blob + b'12')[len(kind) + 1 :]}",
        f"ssh-dss {text}",
    ):
        with pytest.raises(ValidationError):
            PUBLIC.validate_python(bad)


def test_the_same_bytes_in_other_letters_are_refused(keys: Keys) -> None:
    kind, text = keys["ecdsa256"].public.split()
    assert text.endswith("=")
    other = text[:-2] + chr(ord(text[-2]) + 1) + "="
    assert base64.b64decode(other) == base64.b64decode(text)
    with pytest.raises(ValidationError, match="another spelling"):
        PUBLIC.validate_python(f"{kind} {other}")


@pytest.mark.parametrize("name", ["ecdsa256", "ecdsa384", "fido-ecdsa"])
def test_the_same_point_in_another_encoding_is_refused(keys: Keys, name: str) -> None:
    key = keys[name]
    public = key.private.public_key() if isinstance(key, SoftKey) else load_ssh_public_key(key.public.encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    long, short = (
        public.public_bytes(Encoding.X962, form)
        for form in (PublicFormat.UncompressedPoint, PublicFormat.CompressedPoint)
    )
    assert field(long) in key.blob
    with pytest.raises(ValidationError):
        PUBLIC.validate_python(line(key.blob.replace(field(long), field(short))))


def test_an_rsa_key_with_zeros_in_front_is_refused(keys: Keys) -> None:
    key = keys["rsa2048"]
    exponent = field(b"\1\0\1")
    assert exponent in key.blob
    with pytest.raises(ValidationError):
        PUBLIC.validate_python(line(key.blob.replace(exponent, field(b"\0\1\0\1"))))


def test_certificates_private_keys_and_options_are_no_public_keys(keys: Keys, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", "ed25519", 256)
    issuer = keys["other"]
    assert isinstance(issuer, Key)
    sign = ["ssh-keygen", "-q", "-s", str(issuer.path), "-I", "x", "-n", "x", str(tmp_path / "key.pub")]
    subprocess.run(sign, check=True)
    for bad in (
        (tmp_path / "key-cert.pub").read_text(),
        key.path.read_text(),
        f'no-pty,command="id" {key.public}',
        f"ssh-ed448 {key.public.split()[1]}",
        "",
        "ssh-ed25519 é",
        "ssh-ed25519 AAAA",
    ):
        with pytest.raises(ValidationError):
            PUBLIC.validate_python(bad)
    assert PUBLIC.validate_python(key.public)


@given(st.binary(max_size=100))
def test_no_bytes_are_a_key_by_chance(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    for kind in ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ecdsa-sha2-nistp256@openssh.com"):
        with pytest.raises(ValidationError):
            PUBLIC.validate_python(f"{kind} {text}")
        with pytest.raises(ValidationError):
            PUBLIC.validate_python(line(field(kind.encode()) + data))
