"""Sealed documents: readable YAML, signatures below, and both halves checkable by hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.crypto.sealed import open_sealed, seal
from counterseal.values.finding import Refused
from counterseal.values.strict_yaml import MAX_BYTES
from tests.counterseal.crypto.ssh import Key, SoftKey, openssh_accepts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Keys = Mapping[str, Key | SoftKey]

BODY = b"apiVersion: counterseal/v1\nkind: Approval\nreason: |\n  signatures:\n  are below\n"


def refused(data: bytes) -> Refused:
    with pytest.raises(Refused) as error:
        open_sealed(data, "x.yaml")
    return error.value


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=80).map(
        lambda t: f"a{t}\n".encode()
    ),
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), st.text(max_size=80), min_size=1, max_size=3
    ),
)
def test_what_is_sealed_opens_again(body: bytes, signatures: dict[str, str]) -> None:
    if b"\nsignatures:\n" not in body:
        opened = open_sealed(seal(body, signatures), "x.yaml")
        assert (opened.body, opened.signatures) == (body, signatures)


def test_each_person_whose_signature_holds_signed(keys: Keys) -> None:
    ann, kim = keys["ed25519"], keys["fido-ecdsa"]
    sealed = open_sealed(seal(BODY, {"ann": ann.sign(BODY), "kim": kim.sign(BODY)}), "x.yaml")
    trusted = {"ann": [keys["other"].public, ann.public], "kim": [kim.public]}
    assert sealed.signers(trusted) == {"ann": ann.public, "kim": kim.public}
    assert sealed.signers({"ann": [ann.public]}) == {"ann": ann.public}
    assert sealed.signers({"ann": [kim.public], "kim": [ann.public]}) == {}
    assert sealed.signers({"bob": [ann.public, kim.public]}) == {}
    assert sealed.signers({}) == {}


def test_a_signature_that_does_not_hold_is_nobodys(keys: Keys) -> None:
    key = keys["ed25519"]
    good = key.sign(BODY)
    trusted = {"ann": [key.public]}
    assert open_sealed(seal(BODY, {"ann": good}), "x.yaml").signers(trusted)
    for bad in ("", "x", "é", good.replace("A", "B"), key.sign(BODY, "git"), key.sign(BODY[:-1]), good[:-30]):
        assert open_sealed(seal(BODY, {"ann": bad}), "x.yaml").signers(trusted) == {}


def test_no_byte_of_the_body_may_differ(keys: Keys) -> None:
    key = keys["ed25519"]
    data = seal(BODY, {"ann": key.sign(BODY)})
    for place in range(len(BODY)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            signers = open_sealed(changed, "x.yaml").signers({"ann": [key.public]})
        except Refused:
            continue
        assert signers == {}


def test_sed_and_ssh_keygen_are_enough(keys: Keys, tmp_path: Path) -> None:
    key = keys["ed25519"]
    (tmp_path / "x.yaml").write_bytes(seal(BODY, {"ann": key.sign(BODY)}))
    body = subprocess.run(["sed", "/^signatures:$/,$d", "x.yaml"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert body == BODY
    armour = subprocess.run(
        ["sed", "-n", "/^  ann: |/,/END SSH/{s/^    //p;}", "x.yaml"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    assert openssh_accepts(tmp_path, armour, body, key.public)
    assert not openssh_accepts(tmp_path, armour, body + b"\n", key.public)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("UNSIGNED", b""),
        ("UNSIGNED", BODY),
        ("UNSIGNED", b"signatures:\n  ann: x\n"),
        ("UNSIGNED", b"a: 1\n  signatures:\n  ann: x\n"),
        ("UNSIGNED", b"a: 1\nsignatures: {ann: x}\n"),
        ("UNSIGNED", b"a: 1\r\nsignatures:\r\n  ann: x\r\n"),
        ("SIGNATURES_FORM", b"a: 1\nsignatures:\n"),
        ("SIGNATURES_FORM", b"a: 1\nsignatures:\n- x\n"),
        ("SIGNATURES_FORM", b"a: 1\nsignatures:\n  ann: 1\n"),
        ("SIGNATURES_FORM", b"a: 1\nsignatures:\n  ann: [x]\n"),
        ("SIGNATURES_FORM", b"a: 1\nsignatures:\n  ann: x\nmore: y\n"),
        ("YAML_DUPLICATE_KEY", b"a: 1\nsignatures:\n  ann: x\n  ann: y\n"),
        ("YAML_DUPLICATE_KEY", b"a: 1\nsignatures:\n  ann: x\nsignatures:\n  bob: y\n"),
        ("YAML_MANY_DOCUMENTS", b"a: 1\nsignatures:\n  ann: x\n---\nb: 1\n"),
        ("YAML_SYNTAX", b"a: 1\nsignatures:\n  ann: [\n"),
        ("YAML_TOO_LARGE", b"a" * MAX_BYTES + b"\nsignatures:\n  ann: x\n"),
    ],
)
def test_each_other_form_is_refused(code: str, data: bytes) -> None:
    assert open_sealed(b"a: 1\nsignatures:\n  ann: x\n", "x.yaml").signatures == {"ann": "x"}
    assert refused(data).code == code


def test_a_finding_names_the_files_own_line() -> None:
    assert refused(b"a: 1\nb: 2\nsignatures:\n  ann: x\n  ann: y\n").findings[0].where == "x.yaml:5"


def test_what_nobody_signed_is_unsigned() -> None:
    assert refused(seal(BODY, {})).code == "UNSIGNED"


@pytest.mark.parametrize("body", [b"a: 1", b"", b"a: 1\nsignatures:\n  ann: x\n"])
def test_only_whole_unsigned_documents_are_sealed(body: bytes) -> None:
    with pytest.raises(Refused) as error:
        seal(body, {})
    assert error.value.code == "SIGNATURES_FORM"


def test_people_are_listed_in_order() -> None:
    assert seal(b"a: 1\n", {"kim": "y", "ann": "x"}) == b"a: 1\nsignatures:\n  ann: x\n  kim: y\n"
