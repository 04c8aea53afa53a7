"""Statements: about exact bytes, in one scope, read only after their signature held."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from counterseal.crypto import dsse
from counterseal.documents.statement import CYCLONEDX, EXTENSION, PREDICATES, TEST_RESULT, Scope, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.values.strict_json import canonical, loads
from tests.goldens.examples import MODEL, machine, pem, scope, statements

CI = dsse.signer(machine("ci"))
A, B = sha256(b"a"), sha256(b"b")
predicates = st.dictionaries(
    st.text(max_size=9),
    st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.integers(-99, 99), st.text(), st.floats(allow_nan=False, allow_infinity=False)
        ),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
        max_leaves=6,
    ),
    max_size=4,
)


def refused(value: object) -> str:
    with pytest.raises(Refused) as error:
        Statement.parse(value, "x")
    return error.value.code


@settings(max_examples=50)
@given(predicates)
def test_a_statement_reads_back_through_its_signature(predicate: dict[str, Any]) -> None:
    statement = Statement.about({"b": B, "a": A}, TEST_RESULT, predicate)
    assert Statement.parse(loads(statement.payload(), "x"), "x") == statement
    opened = Statement.open(statement.sign(CI), [pem("ci")], "x")
    assert opened == statement
    assert opened.predicate == predicate
    assert opened.payload() == statement.payload()


def test_the_payload_is_in_totos_own_form() -> None:
    statement = Statement.about({"b": B, "a": A}, TEST_RESULT, {"result": "PASSED"})
    assert loads(statement.payload(), "x") == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "a", "digest": {"sha256": A}}, {"name": "b", "digest": {"sha256": B}}],
        "predicateType": TEST_RESULT,
        "predicate": {"result": "PASSED"},
    }
    assert statement.payload() == canonical(loads(statement.payload(), "x"))
    assert statement.digests() == {"a": A, "b": B}


def test_another_key_or_a_tampered_byte_is_refused() -> None:
    data = Statement.about({"a": A}, TEST_RESULT, {}).sign(CI)
    with pytest.raises(Refused, match="UNKNOWN_KEY"):
        Statement.open(data, [pem("other")], "x")
    with pytest.raises(Refused, match="BAD_SIGNATURE"):
        Statement.open(data.replace(b'"payload": "ey', b'"payload": "ez'), [pem("ci")], "x")


GOOD: dict[str, Any] = loads(Statement.about({"a": A}, TEST_RESULT, {}).payload(), "x")
SUBJECT = GOOD["subject"][0]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        {k: v for k, v in GOOD.items() if k != "predicate"},
        GOOD | {"_type": "https://in-toto.io/Statement/v0.1"},
        GOOD | {"subject": []},
        GOOD | {"subject": [SUBJECT, SUBJECT | {"digest": {"sha256": B}}]},
        GOOD | {"subject": [SUBJECT, SUBJECT]},
        GOOD | {"subject": [SUBJECT | {"digest": {"sha256": "zz"}}]},
        GOOD | {"subject": [SUBJECT | {"digest": {"md5": "00"}}]},
        GOOD | {"subject": [SUBJECT | {"more": 1}]},
        GOOD | {"subject": SUBJECT},
        GOOD | {"predicate": []},
        GOOD | {"predicateType": None},
        GOOD | {"more": 1},
        GOOD | {"type_": GOOD["_type"]},
    ],
)
def test_what_is_no_statement(value: object) -> None:
    assert Statement.parse(GOOD, "x")
    assert refused(value) in ("INVALID_VALUE", "MISSING_FIELD", "UNKNOWN_FIELD")


def test_a_statement_is_about_something() -> None:
    with pytest.raises(ValidationError):
        Statement.about({}, TEST_RESULT, {})


@pytest.mark.parametrize("step", PREDICATES)
def test_every_step_says_its_scope(step: str) -> None:
    assert statements()[step].scope("x") == scope(step)


@pytest.mark.parametrize("step", PREDICATES)
def test_a_scope_survives_as_properties(step: str) -> None:
    properties = scope(step).properties()
    assert Scope.from_properties(properties, "x") == scope(step)
    assert Scope.from_properties([{"name": "other:thing", "value": "x"}, *reversed(properties)], "x") == scope(step)
    assert {"name": "counterseal:model", "value": MODEL} in properties


PROPERTIES = scope("bom").properties()


@pytest.mark.parametrize(
    "properties",
    [
        None,
        [],
        {},
        "x",
        1,
        [None],
        [{"name": "counterseal:model"}],
        [{"value": "x"}],
        [{"name": 1, "value": "x"}],
        *([item for item in PROPERTIES if item is not gone] for gone in PROPERTIES),
        *([*PROPERTIES, item] for item in PROPERTIES),
        *([*PROPERTIES[:n], item | {"value": 1}, *PROPERTIES[n + 1 :]] for n, item in enumerate(PROPERTIES[:2])),
    ],
)
def test_a_scope_that_is_not_whole(properties: Any) -> None:
    statement = Statement.about({"a": A}, CYCLONEDX, {"metadata": {"properties": properties}})
    with pytest.raises(Refused):
        statement.scope("x")
    with pytest.raises(Refused):
        Scope.from_properties(properties, "x")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "one", "01x"])
def test_a_scope_has_a_version(text: str) -> None:
    changed = [item if item["name"] != "counterseal:version" else item | {"value": text} for item in PROPERTIES]
    with pytest.raises(Refused):
        Scope.from_properties(changed, "x")


@pytest.mark.parametrize(
    ("kind", "predicate"),
    [
        (TEST_RESULT, {}),
        (TEST_RESULT, {EXTENSION: None}),
        (TEST_RESULT, {EXTENSION: []}),
        (TEST_RESULT, {EXTENSION: {}}),
        (TEST_RESULT, {EXTENSION: {"scope": None}}),
        (TEST_RESULT, {EXTENSION: {"scope": {"model": "m"}}}),
        (CYCLONEDX, {}),
        (CYCLONEDX, {"metadata": []}),
        (CYCLONEDX, {"metadata": {}}),
    ],
)
def test_a_statement_without_a_scope(kind: str, predicate: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        Statement.about({"a": A}, kind, predicate).scope("x")
