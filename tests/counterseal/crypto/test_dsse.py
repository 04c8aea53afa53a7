"""DSSE envelopes: openssl agrees with us, and nothing in an envelope or bundle may differ."""

from __future__ import annotations

import base64
import copy
import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from securesystemslib.signer import CryptoSigner

from counterseal.crypto import dsse
from counterseal.values.finding import Refused
from counterseal.values.strict_json import canonical, pretty

VALUE = {"_type": "https://in-toto.io/Statement/v1", "n": [1, 2.5, None, "ü"]}
PAYLOAD = canonical(VALUE)
PRIVATE, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
SIGNER = dsse.signer(PRIVATE)
FIELD: TypeAdapter[str] = TypeAdapter(dsse.MachineKey)


def pem_of(private: Any) -> str:
    text: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


PEM = pem_of(PRIVATE)


def envelope(payload: bytes = PAYLOAD, kind: str = dsse.STATEMENT, by: CryptoSigner = SIGNER) -> dict[str, Any]:
    return dsse.sign(payload, kind, by)


def opened(value: object, *keys: str, kind: str = dsse.STATEMENT) -> Any:
    return dsse.open_envelope(value, keys or (PEM,), "x.json", kind)


def refused(value: object, *keys: str, kind: str = dsse.STATEMENT) -> str:
    with pytest.raises(Refused) as error:
        opened(value, *keys, kind=kind)
    assert error.value.findings[0].where.startswith("x.json")
    return error.value.code


def pae(kind: str, payload: bytes) -> bytes:
    """Write what is signed, from the text of DSSE v1.0.2."""
    return b" ".join([b"DSSEv1", b"%d" % len(kind), kind.encode(), b"%d" % len(payload), payload])


def openssl(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    return done.stdout


def test_what_is_signed_opens_again() -> None:
    before = envelope()
    value = copy.deepcopy(before)
    assert opened(value) == VALUE
    assert value == before
    assert opened(value, pem_of(OTHER), PEM) == VALUE


def test_openssl_verifies_our_signature(tmp_path: Path) -> None:
    value = envelope()
    (tmp_path / "key.pem").write_text(PEM)
    (tmp_path / "pae").write_bytes(pae(value["payloadType"], base64.b64decode(value["payload"])))
    (tmp_path / "sig").write_bytes(base64.b64decode(value["signatures"][0]["sig"]))
    verify = ("dgst", "-sha256", "-verify", "key.pem", "-signature", "sig")
    assert openssl(tmp_path, *verify, "pae") == b"Verified OK\n"
    (tmp_path / "payload").write_bytes(PAYLOAD)
    assert b"Verified OK" not in openssl(tmp_path, *verify, "payload")


def test_we_verify_the_signature_openssl_makes(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "pae").write_bytes(pae(dsse.STATEMENT, PAYLOAD))
    signature = base64.b64encode(openssl(tmp_path, "dgst", "-sha256", "-sign", "key", "pae")).decode()
    value = envelope() | {"signatures": [{"keyid": dsse.keyid(PEM), "sig": signature}]}
    assert opened(value) == VALUE


def test_a_key_is_named_by_the_digest_of_its_text() -> None:
    assert dsse.keyid(PEM) == hashlib.sha256(PEM.encode()).hexdigest()
    assert envelope()["signatures"][0]["keyid"] == dsse.keyid(PEM) == dsse.public_key(PEM).keyid


def test_another_key_type_or_payload_is_refused() -> None:
    assert refused(envelope(), pem_of(OTHER)) == "UNKNOWN_KEY"
    assert refused(envelope(kind=dsse.HEAD)) == "ENVELOPE_TYPE"
    assert opened(envelope(kind=dsse.HEAD), kind=dsse.HEAD) == VALUE
    changed = envelope() | {"payload": base64.b64encode(canonical({})).decode()}
    assert refused(changed) == "BAD_SIGNATURE"
    assert refused(envelope(kind=dsse.HEAD) | {"payloadType": dsse.STATEMENT}) == "BAD_SIGNATURE"
    with pytest.raises(Refused, match="UNKNOWN_KEY"):
        dsse.open_envelope(envelope(), [], "x.json")


def test_another_key_under_a_trusted_name_is_refused() -> None:
    forged = envelope(by=dsse.signer(OTHER))
    forged["signatures"][0]["keyid"] = dsse.keyid(PEM)
    assert refused(forged) == "BAD_SIGNATURE"


def test_one_signature_and_no_more() -> None:
    value, other = envelope(), envelope(by=dsse.signer(OTHER))
    both = value | {"signatures": value["signatures"] + other["signatures"]}
    assert refused(both, PEM, pem_of(OTHER)) == "ENVELOPE_SIGNATURES"
    assert refused(value | {"signatures": []}) == "ENVELOPE_SIGNATURES"
    assert refused(value | {"signatures": value["signatures"] * 2}) == "ENVELOPE_FORM"


def test_only_canonical_payloads() -> None:
    for payload in (b'{"b":1, "a":2}', b'{"b":1,"a":2}', b'{"a":1.50}', b'{"a":1}\n', b'{"a":"\\u00fc"}', b'{"a":-0}'):
        assert refused(envelope(payload)) == "PAYLOAD_NOT_CANONICAL"
    for payload in (b'{"a":1,"a":1}', b'{"a":NaN}', b'"\\ud83d"'):
        assert refused(envelope(payload)) == "JSON_AMBIGUOUS"
    assert refused(envelope(b"not json")) == "JSON_SYNTAX"
    assert refused(envelope(b"[" * 100 + b"]" * 100)) == "JSON_TOO_DEEP"
    assert opened(envelope(b'{"a":2,"b":1}')) == {"a": 2, "b": 1}


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


SIGNED = envelope()
ONLY = SIGNED["signatures"][0]
BAD: tuple[Any, ...] = (None, 1, "", "é!", [], {}, [None], [[]], {"a": 1})


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "x",
        [],
        {},
        [SIGNED],
        *(without(SIGNED, name) for name in SIGNED),
        *(SIGNED | {name: bad} for name in SIGNED for bad in BAD),
        *(SIGNED | {"signatures": [ONLY | {name: bad}]} for name in ONLY for bad in BAD),
        *(SIGNED | {"signatures": [without(ONLY, name)]} for name in ONLY),
        SIGNED | {"more": 1},
        SIGNED | {"signatures": [ONLY | {"more": 1}]},
        SIGNED | {"payload": SIGNED["payload"].replace("=", "") + "===="},
        SIGNED | {"payload": "\n" + SIGNED["payload"]},
        SIGNED | {"signatures": [ONLY | {"sig": ONLY["sig"].replace("/", "_").replace("+", "-") + " "}]},
    ],
)
def test_every_other_form_is_refused(value: object) -> None:
    before = copy.deepcopy(value)
    assert refused(value) in (
        "ENVELOPE_FORM",
        "ENVELOPE_TYPE",
        "ENVELOPE_SIGNATURES",
        "UNKNOWN_KEY",
        "BAD_SIGNATURE",
    )
    assert value == before


BUNDLE = pretty(dsse.bundle(SIGNED))


def test_no_byte_of_a_bundle_may_differ() -> None:
    assert dsse.open_bundle(BUNDLE, [PEM], "x.json") == VALUE
    for place in range(len(BUNDLE)):
        for changed in {ord("A"), ord("="), 0xFF, BUNDLE[place] ^ 1} - {BUNDLE[place]}:
            with pytest.raises(Refused):
                dsse.open_bundle(BUNDLE[:place] + bytes([changed]) + BUNDLE[place + 1 :], [PEM], "x.json")


@given(st.integers(0, len(BUNDLE) - 1))
def test_a_bundle_cut_short_is_refused(size: int) -> None:
    if BUNDLE[:size] != BUNDLE.rstrip():
        with pytest.raises(Refused):
            dsse.open_bundle(BUNDLE[:size], [PEM], "x.json")


def test_a_bundle_has_nothing_beside_its_envelope() -> None:
    good = dsse.bundle(SIGNED)
    material = good["verificationMaterial"]
    bad: Any
    for bad in (
        {},
        [],
        SIGNED,
        without(good, "dsseEnvelope"),
        without(good, "mediaType"),
        without(good, "verificationMaterial"),
        good | {"mediaType": f"{dsse.BUNDLE}x"},
        good | {"more": 1},
        good | {"verificationMaterial": {**material, "publicKey": {"hint": dsse.keyid(pem_of(OTHER))}}},
        good | {"verificationMaterial": {**material, "tlogEntries": [{}]}},
    ):
        with pytest.raises(Refused, match="BUNDLE_FORM"):
            dsse.open_bundle(canonical(bad), [PEM], "x.json")
    assert dsse.open_bundle(canonical(good), [PEM], "x.json") == VALUE


def test_machine_keys_are_p256_in_one_spelling() -> None:
    assert FIELD.validate_python(PEM) == PEM
    assert FIELD.validate_python(f"a comment\n{PEM}\n") == PEM
    der = base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert FIELD.validate_python(f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n") == PEM
    for bad in (
        "",
        "x",
        PEM.replace("A", "B"),
        PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
        pem_of(ed25519.Ed25519PrivateKey.generate()),
        pem_of(rsa.generate_private_key(65537, 2048)),
    ):
        with pytest.raises(ValidationError):
            FIELD.validate_python(bad)


def test_an_envelope_by_hand_is_the_one_we_make() -> None:
    signature = PRIVATE.sign(pae(dsse.STATEMENT, PAYLOAD), ec.ECDSA(hashes.SHA256()))
    value = {
        "payload": base64.b64encode(PAYLOAD).decode(),
        "payloadType": dsse.STATEMENT,
        "signatures": [{"keyid": dsse.keyid(PEM), "sig": base64.b64encode(signature).decode()}],
    }
    assert opened(value) == VALUE
    assert value.keys() == envelope().keys()
