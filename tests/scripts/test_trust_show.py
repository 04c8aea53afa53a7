from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.world import World


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_trust_show_tells_people_quorums_and_machines(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.types("olga", "trust", "show", "--format", "json") == 0
    value = told(capsys)
    assert value["headline"] == "trust version 1, signed by rita, rolf"
    people = {row["person"]: row["roles"] for row in value["tables"]["people"]}
    assert (people["alice"], people["rita"], people["dana"]) == ("owner", "root", "")
    assert {row["for"] for row in value["tables"]["quorums"]} == {"low", "medium", "high", "rules", "code", "waivers"}
    assert [row["role"] for row in value["tables"]["machines"]] == ["ci", "layout", "promoter"]
    assert world.types("olga", "trust", "show", "2") == 1
    assert "TRUST_VERSION" in capsys.readouterr().err
