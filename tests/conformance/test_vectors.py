"""The vectors say what this evaluator says, show all of the format, and another evaluator, in JavaScript, agrees."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.conformance.models import INVALID, MODELS, REFUSED
from tests.conformance.vectors import FOLDER, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = Path("policies/schemas/portable-model.schema.json")


def read(name: str) -> PortableModel:
    return PortableModel.read(strict_json.pretty(MODELS[name]["model"]), name)


def test_the_files_are_what_is_written() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.json")} == vectors()


def kinds(value: Any) -> Iterator[str]:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from kinds(part)
    if isinstance(value, dict):
        yield from (f"{name} {value[name]}" for name in ("kind", "link", "cast", "aggregate", "task") if name in value)


def test_they_show_every_kind_of_the_schema() -> None:
    schema = json.loads(SCHEMA.read_bytes())
    named = {
        f"{name} {value}"
        for part in (schema, *schema["$defs"].values())
        for name, field in part.get("properties", {}).items()
        if name in ("kind", "link", "cast", "aggregate", "task")
        for value in field.get("enum", [field.get("const")])
    }
    assert named == {kind for kind in kinds(MODELS) if "None" not in kind}


@pytest.mark.parametrize("name", MODELS)
def test_rows_that_do_not_fit_are_refused(name: str) -> None:
    model = read(name)
    for row in REFUSED:
        with pytest.raises(Refused):
            model.checked(row)


@pytest.mark.parametrize("says", INVALID)
def test_documents_that_do_not_hold_are_refused(says: str) -> None:
    with pytest.raises(Refused) as refused:
        PortableModel.read(strict_json.pretty(INVALID[says]), "model.json")
    assert re.fullmatch(r"[A-Z_]+", refused.value.code)


def node() -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", FOLDER.parent / "vectors.mjs"], capture_output=True, text=True, check=False)


@pytest.mark.node
def test_the_evaluator_in_javascript_gives_the_same_answers() -> None:
    done = node()
    compared = sum(len(json.loads(content)["rows"]) + len(REFUSED) for content in list(vectors().values())[:-1])
    assert done.stdout == f"{compared} answers and refusals compared, 0 differ\n", done.stdout + done.stderr
    assert done.returncode == 0
