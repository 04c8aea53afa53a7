"""docs/INTEROP.md names the versions that are locked, the codes that exist, and the predicates that are made."""

from __future__ import annotations

import json
import re
from importlib.metadata import version

import pytest

from counterseal.documents.statement import PREDICATES
from tests.support.world import CHECKOUT

PAGE = (CHECKOUT / "docs/INTEROP.md").read_text()


@pytest.mark.parametrize("name", ["in-toto", "model-signing", "cyclonedx-python-lib"])
def test_versions_from_the_lock(name: str) -> None:
    assert set(re.findall(rf"\| {name} ([0-9.]+) \|", PAGE)) == {version(name)}


def test_versions_from_npm() -> None:
    pinned = json.loads((CHECKOUT / "tests/upstream/sigstore/package.json").read_bytes())["dependencies"]
    assert re.findall(r"\| @sigstore/verify ([0-9.]+) \|", PAGE) == [pinned["@sigstore/verify"]]


def test_each_code_is_raised_somewhere_and_shown_by_a_test() -> None:
    kernel = "".join(path.read_text() for path in (CHECKOUT / "counterseal").rglob("*.py"))
    shown = (CHECKOUT / "tests/upstream/test_in_toto.py").read_text()
    codes = set(re.findall(r"`([A-Z]+_?[A-Z_]+)`", PAGE.partition("## What in-toto lets through")[2])) - {"DISALLOW"}
    assert len(codes) > 10
    for code in codes:
        assert f'"{code}"' in kernel
        assert f'"{code}"' in shown


def test_each_step_has_its_line() -> None:
    table = PAGE.partition("## The predicates")[2].partition("\n## ")[0]
    assert all(re.search(rf"^\| [^|]*\b{step}\b", table, re.MULTILINE) for step in PREDICATES)
