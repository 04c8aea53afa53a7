"""The page: may this be merged, who must act; then everything that led to it, the most urgent first."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict
from scripts.report.html import checks, tables
from scripts.report.letterhead import SANDBOX
from serving.html import Html, fill, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from counterseal.values.finding import Finding
    from scripts.report.report import Chapter, Report

STYLE = Html(Path(__file__).with_name("page.css").read_text("utf-8"))
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"

MOODS = {Verdict.PASS: "pass", Verdict.REVIEW: "review", Verdict.FAIL: "fail"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header class="{mood}">
<p class="subject">{seal}<span>{subject}</span>{sandbox}</p>
<h1>{answer}</h1>
{acts}
</header>
<main>
{parts}
</main>
<footer><p>Counterseal. Nothing serves unless it is countersigned.</p></footer>
</body>
</html>
"""
_SEAL = """<svg viewBox="0 0 40 40" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true">
<circle cx="20" cy="20" r="17.5"/><circle cx="20" cy="20" r="12.5" stroke-width="1.2" stroke-dasharray="2 2.2"/>
<path d="{path}" stroke-linecap="round" stroke-linejoin="round"/></svg>"""
#: What the seal shows: a tick, a line, a cross.
_SIGNS = {
    Verdict.PASS: "M13.5 20.5l4.6 4.6 8.6-9.6",
    Verdict.REVIEW: "M14 20h12",
    Verdict.FAIL: "M15 15l10 10M25 15l-10 10",
}
_WARNING = Html('<strong class="badge">SANDBOX</strong>')
_CHAPTER = '<section class="chapter"><h2>{title}</h2>\n<p class="lead">{says}</p>\n{notes}\n{tables}\n</section>'
_FINDING = """<li><p class="where"><code>{where}</code> <strong>{code}</strong></p>
<dl>{details}</dl></li>"""


def write(report: Report) -> str:
    """Write a report as a page."""
    answer, acts = _answer(report)
    return fill(
        _PAGE,
        policy=POLICY,
        style=STYLE,
        title=": ".join(((SANDBOX,) if report.sandbox else ()) + (report.verdict.value, report.subject)),
        mood=MOODS[report.verdict],
        seal=fill(_SEAL, path=_SIGNS[report.verdict]),
        subject=report.subject,
        sandbox=_WARNING if report.sandbox else Html(),
        answer=answer,
        acts=_acts(acts),
        parts=join(part for part in _parts(report) if part),
    )


def _answer(report: Report) -> tuple[str, tuple[str, ...]]:
    """Return the first line, and what is asked of whom: the headline's sentence, and what follows it."""
    headline = report.headline.removeprefix(f"{SANDBOX}: ") if report.sandbox else report.headline
    first, *rest = headline.removeprefix(f"{report.subject}: ").split("; ")
    return f"{first[:1].upper()}{first[1:]}.", tuple(f"{part[:1].upper()}{part[1:]}" for part in rest)


def _acts(acts: Iterable[str]) -> Html:
    items = join(fill("<li>{act}</li>", act=act) for act in acts)
    return fill('<ul class="acts">{items}</ul>', items=items) if items else Html()


def _parts(report: Report) -> Iterable[Html]:
    """Yield the page's parts; a rule that failed is told once, among the rules."""
    told = tuple(f"({item.id.rpartition(': ')[2]})" for item in report.checks if item.verdict is Verdict.FAIL)
    yield _findings([item for item in report.findings if not item.expected.endswith(told)])
    yield checks.open_checks(report.checks)
    yield from map(tables.section, report.tables)
    yield from map(_chapter, report.chapters)
    yield checks.passed(report.checks)
    yield _notes("What was not checked, and what to know", report.notes)


def _findings(findings: Sequence[Finding]) -> Html:
    if not findings:
        return Html()
    items = join(map(_finding, findings))
    return fill('<section><h2>What does not hold</h2><ul class="findings">{items}</ul></section>', items=items)


def _finding(item: Finding) -> Html:
    told = (("expected", item.expected), ("found", item.found), ("to mend it", item.mend))
    details = join(fill("<div><dt>{name}</dt><dd>{says}</dd></div>", name=n, says=s) for n, s in told if s)
    return fill(_FINDING, where=item.where, code=item.code, details=details)


def _chapter(chapter: Chapter) -> Html:
    return fill(
        _CHAPTER,
        title=chapter.title,
        says=chapter.says,
        notes=_list(chapter.notes),
        tables=join(map(tables.part, chapter.tables)),
    )


def _notes(title: str, notes: Iterable[str]) -> Html:
    items = _list(notes)
    return fill("<section><h2>{title}</h2>{items}</section>", title=title, items=items) if items else Html()


def _list(notes: Iterable[str]) -> Html:
    items = join(fill("<li>{note}</li>", note=note) for note in notes)
    return fill('<ul class="notes">{items}</ul>', items=items) if items else Html()
