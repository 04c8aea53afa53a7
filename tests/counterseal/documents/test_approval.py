"""Approvals bind exactly what their decision is about."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from counterseal.documents.approval import Approval, Decision, file_name
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from counterseal.values.names import is_safe_path
from tests.goldens.examples import NOW, approval, seal, ssh_key

BINDS: dict[str, set[str]] = {
    "promote": {"model", "entry"},
    "reject": {"model", "entry"},
    "restore": {"model", "from", "to"},
    "retire": {"model", "from"},
    "rules": {"entry"},
    "code": {"change"},
    "waivers": {"change"},
}
VALUES: dict[str, Any] = {"model": "m", "entry": "0" * 64, "change": "1" * 64, "from": 0, "to": 0}


def test_the_table_has_every_decision() -> None:
    assert set(BINDS) == set(get_args(Decision))


@pytest.mark.parametrize("decision", BINDS)
def test_a_decision_binds_that_and_nothing_else(decision: str) -> None:
    for size in range(len(VALUES) + 1):
        for names in combinations(VALUES, size):
            binds = {name: VALUES[name] for name in names}
            if set(names) == BINDS[decision]:
                assert Approval.read(approval("ann", decision, **binds).write(), "x").spec.decision == decision
            else:
                with pytest.raises(ValidationError, match="and nothing else"):
                    approval("ann", decision, **binds)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_it_is_used_after_it_is_made_and_within_a_year(days: int) -> None:
    with pytest.raises(ValidationError, match="use_before"):
        approval("ann", "rules", entry="0" * 64, use_before=NOW + timedelta(days=days))
    assert approval("ann", "rules", entry="0" * 64, use_before=NOW + timedelta(seconds=1))
    assert approval("ann", "rules", entry="0" * 64, use_before=NOW + timedelta(days=366))


@pytest.mark.parametrize(("name", "value"), [("from", -1), ("to", -1), ("from", "3"), ("model", "M"), ("model", "")])
def test_what_is_bound_has_its_form(name: str, value: object) -> None:
    binds = {"model": "m", "from": 3, "to": 2}
    assert approval("bob", "restore", **binds)
    data = approval("bob", "restore", **binds).plain()
    data["spec"][name] = value
    with pytest.raises(Refused):
        Approval.read_json(strict_json.canonical(data), "x")


def test_from_is_spelled_from() -> None:
    made = approval("bob", "restore", **{"model": "m", "from": 3, "to": 2})
    assert b"\n  from: 3\n" in made.write()
    assert b"from_" not in made.write()
    with pytest.raises(Refused, match="UNKNOWN_FIELD"):
        Approval.read(made.write().replace(b"  from:", b"  from_:"), "x")


@pytest.mark.parametrize("decision", BINDS)
def test_one_file_a_person_and_kind(decision: str) -> None:
    name = file_name("ann-2", decision)
    assert is_safe_path(name)
    assert name.split(".")[0] == "ann-2"
    assert name == (f"ann-2.{decision}.yaml" if decision in ("restore", "retire") else "ann-2.yaml")


def test_a_signed_approval_opens() -> None:
    data = seal(approval("ann", "rules", entry="0" * 64).write(), "ann")
    opened, sealed = Approval.open(data, "x")
    assert opened.metadata.name == "ann"
    assert sealed.signers({"ann": [ssh_key("ann")]}) == {"ann": ssh_key("ann")}
    tampered = Approval.open(data.replace(b"decision: rules", b"decision: rules  "), "x")[1]
    assert tampered.signers({"ann": [ssh_key("ann")]}) == {}
