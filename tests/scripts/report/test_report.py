from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from counterseal.values.finding import Finding, Verdict
from scripts.report import letterhead, markdown, screen
from scripts.report.report import Chapter, Check, Number, Report, Table
from scripts.report.show import Format, show, text, write

NASTY = "a|b\n# head <script>alert(1)</script> @all [x](http://e.vil) `code` \x1b[31m *bold* \u202e"
REPORT = Report(
    subject="proposal/credit-v1",
    headline="may not be merged",
    verdict=Verdict.FAIL,
    checks=(
        Check("quality/auc", Verdict.PASS, "AUC is high enough.", "0.80"),
        Check("quality/groups", Verdict.REVIEW, "Groups differ little.", NASTY, "look"),
        Check("quality/licence", Verdict.FAIL, "The licence is allowed.", "none", "choose one"),
    ),
    findings=(
        Finding("DIGEST", "registry/credit/entry.yaml:12", "abc", NASTY, "restore it"),
        Finding("GIT", "commit 0123", "a commit", "none"),
    ),
    tables=(Table("approvals of credit", ("role", "signed"), (("owner", "alice"), ("risk", NASTY))),),
    notes=("keys from the same clone",),
)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("sandbox", [True, False])
def test_every_form_of_a_page_says_where_it_comes_from_a_sandbox(form: Format, *, sandbox: bool) -> None:
    out = io.StringIO()
    letterhead.put(sandbox=sandbox)
    show(REPORT, form, out)
    said = re.sub('"sandbox": false', "", out.getvalue(), flags=re.IGNORECASE)
    assert ("sandbox" in said.lower()) is sandbox
    if form in (Format.TEXT, Format.MARKDOWN):
        assert ("SANDBOX" in said.partition("\n")[0]) is sandbox


def test_text_begins_with_the_verdict_and_never_moves_a_terminal() -> None:
    said = text(REPORT)
    assert said.startswith("FAIL  may not be merged\n")
    assert "registry/credit/entry.yaml:12: DIGEST" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_text_is_boxed_and_coloured_on_a_terminal_only() -> None:
    drawn = text(REPORT, 100, coloured=True)
    assert "╭" in drawn
    assert "\x1b[1;31mFAIL\x1b[0m" in drawn
    assert "╭" not in text(REPORT)


def test_a_stream_that_is_no_terminal_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert screen.coloured(Terminal())
    assert not screen.coloured(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not screen.coloured(Terminal())


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.PASS, 0), (Verdict.REVIEW, 1), (Verdict.FAIL, 1)])
@pytest.mark.parametrize("form", Format)
def test_the_exit_code_follows_from_the_verdict_alone(verdict: Verdict, code: int, form: Format) -> None:
    assert show(replace(REPORT, verdict=verdict), form, io.StringIO()) == code


def test_json_holds_everything() -> None:
    value = json.loads(write(REPORT, Format.JSON))
    assert value["verdict"] == "FAIL"
    assert [check["verdict"] for check in value["checks"]] == ["PASS", "REVIEW", "FAIL"]
    assert value["findings"][0] == vars(REPORT.findings[0])
    assert value["tables"]["approvals of credit"][1] == {"role": "risk", "signed": NASTY}


CHAPTER = Chapter(
    "credit",
    NASTY,
    (
        Table("data", ("what", "was", "is"), (("rows", NASTY, Number(0.75, 0.5, 1.0)),), "Another file."),
        Table("spec", ("what", "was", "is"), (), "Word for word as before."),
        Table("digests", ("of", "is"), (("entry", "00"),), folded=True),
    ),
    (NASTY,),
)


def test_chapters_are_told_in_every_form_for_people_and_programs() -> None:
    report = replace(REPORT, chapters=(CHAPTER,))
    said = text(report)
    assert "data: Another file.\nwhat" in said
    assert "0.750 (0.500 to 1.000)" in said
    assert "spec: Word for word as before.\n" in said
    assert "digests" not in said, "detail is folded away"
    assert "\x1b" not in said
    assert "\u202e" not in said
    marked = write(report, Format.MARKDOWN)
    assert "### credit\n" in marked
    assert "| rows |" in marked
    assert "<script>" not in marked
    assert "@all" not in marked
    found = json.loads(write(report, Format.JSON))["chapters"]["credit"]
    assert found["data"][0]["is"] == {"value": 0.75, "low": 0.5, "high": 1.0, "n": None}
    assert found["digests"] == [{"of": "entry", "is": "00"}]


def test_markdown_lets_no_text_out_of_its_cell() -> None:
    page = write(REPORT, Format.MARKDOWN)
    assert page.startswith("### ❌ FAIL: may not be merged\n")
    assert "<script>" not in page
    assert "@all" not in page
    assert "](" not in page
    assert "http:" not in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    cells = {line.replace("\\|", "").count("|") for line in rows if "head" in line}
    assert cells == {4, 6, 3}, "each table keeps its columns: three, five and two"


@pytest.mark.parametrize("said", ["- item", "1. item", "# head", "> quote", "```", "===", "a\n\nb", "\u2028x"])
def test_markdown_lets_no_text_begin_a_block(said: str) -> None:
    shown = markdown.escape(said)
    assert "\n" not in shown
    assert shown[0] in "\\&a x" or shown[0].isalpha() or shown[:2] == "1\\" or shown.startswith(("\\", "&"))


def test_sarif_places_findings_at_their_lines() -> None:
    value = json.loads(write(REPORT, Format.SARIF))
    (run,) = value["runs"]
    assert value["version"] == "2.1.0"
    first, second, review, fail = run["results"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "registry/credit/entry.yaml"},
        "region": {"startLine": 12},
    }
    assert second["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "commit 0123"}]
    assert (review["level"], fail["level"]) == ("warning", "error")
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    assert all(result["message"]["text"] for result in run["results"])


def test_junit_is_xml_whatever_was_found() -> None:
    suite = ET.fromstring(write(REPORT, Format.JUNIT).encode())  # noqa: S314 (our own output)
    assert suite.attrib["tests"] == str(len(suite.findall("testcase"))) == "5"
    assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure"))) == "4"


def test_junit_of_an_empty_report_has_a_case() -> None:
    suite = ET.fromstring(write(Report("s", "fine", Verdict.PASS), Format.JUNIT))  # noqa: S314
    assert [case.attrib["name"] for case in suite] == ["fine"]
