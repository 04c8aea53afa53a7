"""The table is whole and true: every attack has its test or its reason, and the page is what the table gives."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.attacks.rows import SUITE, Row
from tests.attacks.threats import DOCUMENT, document, table

HERE = Path(__file__).parent


def attacks_in(file: str) -> list[str]:
    """Return the names of the attacks that a file tests."""
    body = ast.parse((HERE / file).read_text()).body
    return [item.name for item in body if isinstance(item, ast.FunctionDef) and re.match(r"test_\d\d_", item.name)]


def test_no_number_is_left_out_and_the_documents_count_them_all() -> None:
    numbers = [row.number for part in SUITE.parts for row in part.rows]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    for page in ("README.md", "docs/ARCHITECTURE.md"):
        assert f"{len(numbers)} attacks" in (HERE.parents[1] / page).read_text(), page


@pytest.mark.parametrize("part", SUITE.parts, ids=lambda part: part.file)
def test_every_attack_has_one_test_or_a_reason(part: object) -> None:
    assert hasattr(part, "rows")
    tested = sorted(int(name[5:7]) for name in attacks_in(part.file))  # type: ignore[attr-defined]
    assert tested == sorted(row.number for row in part.rows if row.stopped_by)


def test_every_place_that_stops_an_attack_exists() -> None:
    for row in SUITE.rows.values():
        for stop in row.stopped_by:
            assert found(stop.at), f"row {row.number}: {stop.at}"


def found(name: str) -> object:
    """Return the module, class or function of a dotted name."""
    module, _, last = name.rpartition(".")
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return getattr(found(module), last)


def test_every_test_has_a_control() -> None:
    for part in SUITE.parts:
        for item in ast.walk(ast.parse((HERE / part.file).read_text())):
            if isinstance(item, ast.FunctionDef) and re.match(r"test_\d\d_", item.name):
                assert "attack.control(" in ast.unparse(item), item.name


def test_the_page_is_what_the_table_gives() -> None:
    assert DOCUMENT.read_text() == document(), "write it again: python -m tests.attacks --write"


def test_a_row_is_stopped_partly_open_or_not_ours() -> None:
    facts = {"number": 1, "attack": "x", "sources": ("own",)}
    stop = ({"at": "scripts.forge.gate", "says": ("NO",)},)
    states = [
        Row.model_validate({**facts, **more}).state
        for more in ({"stopped_by": stop}, {"stopped_by": stop, "gap": "y"}, {"gap": "y"}, {"not_ours": "z"})
    ]
    assert states == ["stopped", "partly", "open", "not ours"]
    for more in ({}, {"stopped_by": stop, "not_ours": "z"}):
        with pytest.raises(ValueError, match="what stops it"):
            Row.model_validate({**facts, **more})


def test_the_table_tells_what_happened() -> None:
    lines = "\n".join(table({1: "PASS", 2: "FAIL"}))
    assert re.search(r"^ 1  An arbitrary model.* PASS ", lines, re.MULTILINE)
    assert re.search(r"^ 2  Rollback.* FAIL ", lines, re.MULTILINE)
    assert re.search(r"^ 3  Freeze.* NOT RUN ", lines, re.MULTILINE)
    assert re.search(r"^51  Collusion.* not ours ", lines, re.MULTILINE)
