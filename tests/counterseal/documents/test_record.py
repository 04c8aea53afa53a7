"""Promotion records: each says what happened and stands on the one before; the first is signed by the roots."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from counterseal.crypto import dsse
from counterseal.documents.record import Head, Promotion, digest_of, open_genesis, read_promotion, seal_genesis
from counterseal.documents.statement import SUMMARY, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.values.strict_json import canonical, loads, pretty
from tests.goldens.examples import LOG_ID, MODEL, NOW, machine, pem, promotion, ssh_key, ssh_sign, trust

ENTRY, BEFORE = sha256(b"entry"), sha256(b"record")
ROOTS = trust().roots()
PROMOTER = dsse.signer(machine("promoter"))
FIELDS: dict[str, dict[str, Any]] = {
    "genesis": {"number": 0, "entry": ENTRY},
    "rules": {"number": 2, "entry": ENTRY, "previous": BEFORE},
    "promote": {"number": 2, "entry": ENTRY, "previous": BEFORE, "model": MODEL},
    "restore": {"number": 2, "entry": ENTRY, "previous": BEFORE, "model": MODEL, "restores": 1},
    "retire": {"number": 2, "previous": BEFORE, "model": MODEL},
}


def made(kind: str, **changed: Any) -> Promotion:
    fields = FIELDS[kind] | changed
    return promotion(fields.pop("number"), kind=kind, **{k: v for k, v in fields.items() if v is not ...})


@pytest.mark.parametrize("kind", FIELDS)
def test_a_record_reads_back(kind: str) -> None:
    record = made(kind)
    assert read_promotion(loads(record.statement().payload(), "x"), "x") == record
    data = record.sign(PROMOTER)
    assert read_promotion(dsse.open_bundle(data, [pem("promoter")], "x"), "x") == record
    assert digest_of(data) == sha256(data)


@pytest.mark.parametrize("kind", FIELDS)
def test_each_kind_has_its_own_fields(kind: str) -> None:
    assert made(kind)
    others = {"entry": ENTRY, "previous": BEFORE, "model": MODEL, "restores": 1}
    for name, value in others.items():
        wrong = ... if name in FIELDS[kind] else value
        with pytest.raises(ValidationError):
            made(kind, **{name: wrong})
    with pytest.raises(ValidationError):
        made(kind, number=0 if kind != "genesis" else 1)
    with pytest.raises(ValidationError):
        made(kind, more=1)


@pytest.mark.parametrize(
    "changed",
    [{"restores": 2}, {"restores": 3}, {"restores": -1}, {"rules": 2}, {"rules": 3}, {"trust": 0}, {"commit": "x"}],
)
def test_a_record_names_only_what_was_before_it(changed: dict[str, Any]) -> None:
    assert made("restore", restores=0, rules=1)
    with pytest.raises(ValidationError):
        made("restore", **changed)


def test_genesis_stands_on_itself() -> None:
    assert made("genesis").rules == 0
    with pytest.raises(ValidationError):
        made("genesis", rules=1)


def test_a_record_is_a_verification_summary() -> None:
    statement = made("promote").statement()
    assert statement.predicateType == SUMMARY
    assert statement.predicate["verificationResult"] == "PASSED"
    assert statement.predicate["timeVerified"] == "2026-11-22T12:00:00Z"
    assert {"verifier", "resourceUri", "policy", "verifiedLevels"} < set(statement.predicate)
    assert statement.digests() == {"main": None, f"registry/{MODEL}/entry.yaml": ENTRY}
    assert made("genesis").statement().digests() == {"main": None, "policies/entry.yaml": ENTRY}
    assert set(made("retire").statement().digests()) == {"main"}


def without(value: dict[str, Any], *path: str) -> dict[str, Any]:
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != path[0]}
    return value | {path[0]: without(value[path[0]], *path[1:])}


def put(value: dict[str, Any], change: object, *path: str) -> dict[str, Any]:
    return value | {path[0]: change if len(path) == 1 else put(value[path[0]], change, *path[1:])}


PAYLOAD: dict[str, Any] = loads(made("promote").statement().payload(), "x")


@pytest.mark.parametrize(
    "value",
    [
        without(PAYLOAD, "predicate", "counterseal"),
        without(PAYLOAD, "predicate", "counterseal", "time"),
        without(PAYLOAD, "predicate", "verifiedLevels"),
        put(PAYLOAD, "FAILED", "predicate", "verificationResult"),
        put(PAYLOAD, "2026-11-22T12:00:01Z", "predicate", "timeVerified"),
        put(PAYLOAD, "2026-11-22T12:00:01Z", "predicate", "counterseal", "time"),
        put(PAYLOAD, "2", "predicate", "counterseal", "number"),
        put(PAYLOAD, {"id": "someone"}, "predicate", "verifier"),
        put(PAYLOAD, "more", "predicate", "more"),
        put(PAYLOAD, PAYLOAD["subject"][:1], "subject"),
        put(PAYLOAD, [*PAYLOAD["subject"], {"name": "x", "digest": {"sha256": ENTRY}}], "subject"),
        put(PAYLOAD, "https://slsa.dev/provenance/v1", "predicateType"),
        put(PAYLOAD, None, "predicate", "counterseal"),
        {},
        [],
    ],
)
def test_the_summary_repeats_the_record_and_nothing_else(value: object) -> None:
    assert read_promotion(PAYLOAD, "x") == made("promote")
    with pytest.raises(Refused):
        read_promotion(value, "x")


GENESIS = made("genesis")
SIGNED = GENESIS.statement().payload()


def genesis(*people: str, **changed: Any) -> bytes:
    sealed = seal_genesis(GENESIS, {name: ssh_sign(name, SIGNED) for name in people})
    return pretty(loads(sealed, "x") | changed)


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as error:
        open_genesis(data, ROOTS, "records/000000.json")
    return error.value.code


def test_genesis_needs_the_root_threshold() -> None:
    assert open_genesis(genesis("ann", "kim"), ROOTS, "x") == GENESIS
    assert open_genesis(genesis("ann", "bob", "kim"), ROOTS, "x") == GENESIS
    for people in ((), ("ann",), ("ann", "bob"), ("bob", "dana", "robo")):
        assert refused(genesis(*people)) == "GENESIS_SIGNATURE"


def test_one_person_is_not_two() -> None:
    armour = ssh_sign("ann", SIGNED)
    assert refused(genesis(sshSignatures={"ann": armour, "kim": armour})) == "GENESIS_SIGNATURE"


def test_genesis_of_another_log_is_refused() -> None:
    other = GENESIS.model_copy(update={"log_id": "f" * 32})
    payload = other.statement().payload()
    data = seal_genesis(other, {name: ssh_sign(name, payload) for name in ("ann", "kim")})
    assert refused(data) == "LOG_ID"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"payload": base64.b64encode(SIGNED[:-1]).decode()}, "GENESIS_SIGNATURE"),
        ({"payload": "é"}, "RECORD_FORM"),
        ({"payload": "not base64"}, "RECORD_FORM"),
        ({"payload": None}, "RECORD_FORM"),
        ({"payload": 1}, "RECORD_FORM"),
        ({"payloadType": dsse.HEAD}, "RECORD_FORM"),
        ({"payloadType": None}, "RECORD_FORM"),
        ({"sshSignatures": []}, "RECORD_FORM"),
        ({"sshSignatures": None}, "RECORD_FORM"),
        ({"sshSignatures": {"ann": 1, "kim": None}}, "GENESIS_SIGNATURE"),
        ({"sshSignatures": {"ann": "é", "kim": "x"}}, "GENESIS_SIGNATURE"),
        ({"more": 1}, "RECORD_FORM"),
    ],
)
def test_every_other_form_of_genesis_is_refused(changed: dict[str, Any], code: str) -> None:
    assert refused(genesis("ann", "kim", **changed)) == code


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"1", b"null", b'"x"'])
def test_what_is_no_genesis_at_all(data: bytes) -> None:
    assert refused(data) in ("RECORD_FORM", "JSON_SYNTAX")


def test_what_the_roots_signed_must_still_be_a_record() -> None:
    values: list[Any] = [{}, [], PAYLOAD | {"predicateType": "x"}]
    for value in values:
        payload = canonical(value)
        signatures = {name: ssh_sign(name, payload) for name in ("ann", "kim")}
        data = pretty(
            {"payload": base64.b64encode(payload).decode(), "payloadType": dsse.STATEMENT, "sshSignatures": signatures}
        )
        assert refused(data) in ("INVALID_VALUE", "MISSING_FIELD", "RECORD_FORM")


HEAD = Head(log_id=LOG_ID, number=2, record=BEFORE, trust=1, time=NOW)


def test_a_head_reads_back() -> None:
    assert Head.open(HEAD.sign(PROMOTER), (pem("promoter"),), "head.json") == HEAD


def test_a_head_by_another_key_or_of_another_type_is_refused() -> None:
    data = HEAD.sign(PROMOTER)
    assert Head.open(data, (pem("ci"), pem("promoter")), "x")
    with pytest.raises(Refused, match="UNKNOWN_KEY"):
        Head.open(data, (pem("ci"),), "x")
    statement = pretty(dsse.bundle(dsse.sign(canonical(HEAD.model_dump(mode="json")), dsse.STATEMENT, PROMOTER)))
    with pytest.raises(Refused, match="ENVELOPE_TYPE"):
        Head.open(statement, (pem("promoter"),), "x")
    with pytest.raises(Refused, match="ENVELOPE_TYPE"):
        Head.open(made("promote").sign(PROMOTER), (pem("promoter"),), "x")
    with pytest.raises(Refused, match="ENVELOPE_TYPE"):
        Statement.open(data, [pem("promoter")], "x")


@pytest.mark.parametrize(
    "fields",
    [{"number": -1}, {"record": "x"}, {"log_id": "x"}, {"trust": 0}, {"kind": "Tail"}, {"more": 1}, {"time": None}],
)
def test_a_head_has_its_form(fields: dict[str, Any]) -> None:
    value = HEAD.model_dump(mode="json") | fields
    data = pretty(dsse.bundle(dsse.sign(canonical(value), dsse.HEAD, PROMOTER)))
    with pytest.raises(Refused):
        Head.open(data, (pem("promoter"),), "x")


def test_heads_at_other_times_differ() -> None:
    later = HEAD.model_copy(update={"time": NOW + timedelta(minutes=1)})
    assert Head.open(later.sign(PROMOTER), (pem("promoter"),), "x").time > HEAD.time
    assert ssh_key("ann") in ROOTS.spec.keys["ann"]
