"""The page: its first line is the answer, it is whole by itself, and no text gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import Finding, Verdict
from scripts.report.html import page
from scripts.report.report import Chapter, Check, Number, Report, Table

VOID = {"meta", "circle", "path", "line"}


class Shape(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order; keeps the tags, their attributes, and the words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shape: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append(f"{tag} {sorted(name for name, _ in attrs)}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += [data.strip()] * bool(data.strip())

    def handle_comment(self, data: str) -> None:
        self.shape.append("comment")


def report(text: str = "words", verdict: Verdict = Verdict.REVIEW) -> Report:
    """Return a report with everything that a page can show, the same text in every place."""
    drawn = Table(text, ("a", "b", "c"), ((text, Number(0.7, 0.6, 0.8), Number(0.6)), (text, text, text)), text)
    broad = Table(text, ("a", "b", "c", "d", "e"), ((text, Number(0.7, 0.6, 0.8), "0.700", "0.600", text),))
    return Report(
        subject=text,
        headline=f"{text}: {text}",
        verdict=verdict,
        checks=(
            Check(text, Verdict.PASS, text, text, text),
            Check(text, Verdict.REVIEW, text, text, text),
            Check(text, Verdict.FAIL, text, text, text, carried="waived"),
        ),
        findings=(Finding(text, text, text, text, text),),
        tables=(Table(text, (text, text), ((text, text),)),),
        notes=(text,),
        chapters=(Chapter(text, text, (drawn, broad, replace(drawn, folded=True, shared=True)), (text,)),),
    )


PLAIN = Shape(page.write(report())).shape
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from("<>\"'&{}`/=;!-\x00\x1b\u202e\u2066\u200b\ufeff")),
    min_size=1,
    max_size=40,
)


@given(HOSTILE.filter(lambda text: text.strip() and "; " not in text))
def test_no_text_opens_a_tag_or_an_attribute(text: str) -> None:
    assert Shape(page.write(report(text))).shape == PLAIN


@given(HOSTILE)
def test_no_character_turns_or_hides_what_follows(text: str) -> None:
    written = page.write(report(text))
    assert all(char.isprintable() or char == "\n" for char in written)


@pytest.mark.parametrize(
    "said", ["<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "{style}", "&lt;b>"]
)
def test_what_was_written_is_what_is_read(said: str) -> None:
    found = Shape(page.write(report(said)))
    assert found.words.count(said) > 10
    assert found.shape == PLAIN


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    written = page.write(report())
    (style,) = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;" in written
    assert "unsafe" not in written
    rest = written.replace(style, "")
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|\sstyle=|\shref=|\ssrc=|https?:|//\w", rest)
    assert not re.search(r"url\(|@import|http", style)


@pytest.mark.parametrize("verdict", Verdict)
def test_the_first_words_are_the_answer_and_who_must_act(verdict: Verdict) -> None:
    said = "proposal/credit: holds, but may not be merged yet; still to sign credit: owner (ann)"
    written = page.write(Report("proposal/credit", said, verdict))
    found = Shape(written)
    title, subject, answer, act = found.words[:4]
    assert (title, subject) == (f"{verdict.value}: proposal/credit", "proposal/credit")
    assert (answer, act) == ("Holds, but may not be merged yet.", "Still to sign credit: owner (ann)")
    assert f'<header class="{verdict.value.lower()}">' in written


def test_a_sandbox_says_so_in_its_title_and_beside_its_name() -> None:
    said = "SANDBOX: proposal/credit: may be merged: promote credit, number 2"
    found = Shape(page.write(Report("proposal/credit", said, Verdict.PASS, sandbox=True)))
    assert found.words[:4] == [
        "SANDBOX: PASS: proposal/credit",
        "proposal/credit",
        "SANDBOX",
        "May be merged: promote credit, number 2.",
    ]


def test_what_passed_is_folded_and_what_did_not_is_told_whole() -> None:
    written = page.write(report("words"))
    opened, _, folded = written.partition("<details><summary>1 rule passed")
    assert opened.count('<span class="badge">') == 2
    assert folded
    assert "to mend it" in opened


def test_what_waits_for_somebody_comes_first() -> None:
    review = Check("decided", Verdict.REVIEW, "says", carried="decided")
    checks = (review, replace(review, id="open", carried=""), Check("failed", Verdict.FAIL, "says"))
    found = Shape(page.write(Report("x", "x", Verdict.FAIL, checks))).words
    assert sorted(("failed", "open", "decided"), key=found.index) == ["failed", "open", "decided"]
    assert "REVIEW · decided" in found


def test_a_rule_that_failed_is_told_once() -> None:
    check = Check("credit: auc/low", Verdict.FAIL, "AUC is high enough.", "0.6", "Collect more rows.")
    findings = (
        Finding(
            "RULE_FAIL", "registry/credit/entry.yaml", "AUC is high enough. (auc/low)", "0.6", "Collect more rows."
        ),
        Finding("DIGEST", "registry/credit/CARD.md", "abc", "def"),
    )
    written = page.write(Report("x", "x: 2 findings", Verdict.FAIL, (check,), findings))
    assert written.count("Collect more rows.") == 1
    assert "RULE_FAIL" not in written
    assert "DIGEST" in written
    assert "RULE_FAIL" in page.write(Report("x", "x: 1 finding", Verdict.FAIL, (), findings[:1]))


def test_an_empty_report_is_a_page() -> None:
    assert Shape(page.write(Report("main", "nothing serves", Verdict.PASS))).words[2] == "Nothing serves."
