from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_history_lists_what_was_promoted_and_by_whom(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert twice.types("olga", "history", "--format", "json") == 0
    rows = told(capsys)["tables"]["promotions"]
    assert [(row["number"], row["kind"], row["version"], row["approved by"]) for row in rows] == [
        ("0", "genesis", "-", "rita, rolf"),
        ("1", "promote", "1", "alice, bob"),
        ("2", "promote", "2", "anna, bill"),
    ]
    assert twice.types("olga", "history", MODEL) == 0
    assert "2 promotions of german-credit" in capsys.readouterr().out


def test_history_shows_what_waits_and_names_what_was_skipped(
    waiting: World, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting.commit("proposal/docs", {"docs/x.md": b"x"})
    waiting.force("proposal/docs")
    assert waiting.types("olga", "history", "--format", "json") == 0
    value = told(capsys)
    assert value["tables"]["promotions"][2]["number"] == "2 (not recorded yet)"
    assert any("QUORUM" in note for note in value["notes"])
