from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from scripts.main import main
from tests.scripts.report.html.test_page import Shape
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.verification.git import Git
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


def page(world: World, named: str, capsys: pytest.CaptureFixture[str], code: int = 1) -> Shape:
    """Return the page that a person gets, whose exit code must be this one."""
    assert world.types("dana", "status", named, "--format", "html") == code
    return Shape(capsys.readouterr().out)


def test_status_reads_in_every_format(proposed: World, capsys: pytest.CaptureFixture[str]) -> None:
    said: dict[str, str] = {}
    for form in ("text", "json", "markdown", "html", "sarif", "junit"):
        assert proposed.types("dana", "status", MODEL, "--format", form) == 1
        said[form] = capsys.readouterr().out
    assert said["text"].startswith(f"REVIEW  {BRANCH}: holds, but may not be merged yet")
    assert json.loads(said["json"])["verdict"] == "REVIEW"
    assert json.loads(said["json"])["chapters"][MODEL]["Spec"][1] == {"what": "threshold", "was": "0.5", "is": "0.45"}
    assert said["markdown"].startswith("### 🔎 REVIEW")
    assert "| threshold | 0.5 | 0.45 |" in said["markdown"]
    assert said["html"].startswith("<!doctype html>")
    assert json.loads(said["sarif"])["version"] == "2.1.0"
    assert ET.fromstring(said["junit"]).tag == "testsuite"  # noqa: S314 (our own output)


def test_the_page_says_first_who_must_act(proposed: World, capsys: pytest.CaptureFixture[str]) -> None:
    found = page(proposed, MODEL, capsys)
    assert found.words[1:4] == [
        BRANCH,
        "Holds, but may not be merged yet.",
        f"Still to sign {MODEL}: owner (alice or anna), risk (bob or bill)",
    ]
    assert {"Rules to look at", f"Approvals of {MODEL}", "Spec", "Dependencies"} <= set(found.words)


def test_main_has_a_page_with_what_serves_beside_what_it_replaced(
    twice: World, capsys: pytest.CaptureFixture[str]
) -> None:
    found = page(twice, "main", capsys, 0)
    assert found.words[1] == "main"
    assert found.words[2].startswith("All rightly promoted: 1 of 1 models may serve")
    assert "threshold" in found.words, "version 2 stands beside version 1"
    assert {"serves now", "before it"} <= set(found.words)
    assert "proposed" not in found.words


def test_a_document_that_does_not_hold_is_told_with_its_line(
    promoted: World, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = f"model_specs/{MODEL}.yaml"
    broken = promoted.read(spec).replace(b"threshold: 0.5", b"threshold: 5")
    promoted.commit("proposal/typo", {spec: broken}, "dana")
    found = page(promoted, "proposal/typo", capsys)
    line = 1 + broken.split(b"threshold")[0].count(b"\n")
    assert f"{spec}:{line}" in found.words
    assert found.words[2].startswith("May not be merged: 2 findings (INVALID_VALUE")


def test_a_refusal_is_a_page_and_a_value_and_on_a_terminal_goes_where_errors_go(
    twice: World, capsys: pytest.CaptureFixture[str]
) -> None:
    merged = twice.git.run("rev-parse", f"{twice.main}^2")
    found = page(twice, merged, capsys)
    assert found.words[0].startswith("FAIL")
    assert found.words[2].startswith("Refused: ")
    assert twice.types("dana", "status", merged, "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["findings"]
    assert twice.types("dana", "status", merged) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "mend" in said.err or "expected" in said.err


def test_a_tree_without_a_log_has_a_page_that_says_what_is_unchecked(
    alone: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--repo", str(alone.folder), "--format", "html"]) == 0
    found = Shape(capsys.readouterr().out)
    assert found.words[2] == "The tree holds by itself."
    assert "not checked: when anything was signed or merged: there is no promotion log" in found.words
