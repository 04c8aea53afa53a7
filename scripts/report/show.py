"""A report, written as text, JSON, Markdown, HTML, SARIF or JUnit.

* The first line is the verdict, and of a sandbox's page that it is one.
* Whatever comes from a document is escaped for the format at hand: control characters never reach a terminal, and no
  text can open a tag, a mention, a link or another cell in Markdown.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import Refused, Verdict
from scripts.report import letterhead, markdown, screen
from scripts.report.html import page
from scripts.report.junit import junit
from scripts.report.report import Number, Report
from scripts.report.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from counterseal.values.finding import Finding
    from scripts.report.report import Cell, Chapter, Table


class Format(StrEnum):
    """The forms a report can be written in."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"


def show(report: Report, form: Format, stream: TextIO | None = None) -> int:
    """Print a report and return the exit code that follows from it."""
    out, report = sys.stdout if stream is None else stream, letterhead.headed(report)
    if form is Format.TEXT:
        out.write(text(report, screen.width(out), coloured=screen.coloured(out)))
    else:
        out.write(write(report, form))
    return report.code


def answer(subject: str, make: Callable[[], Report], form: Format) -> int:
    """Print the report that ``make`` gives; where it is refused, the refusal is the report, in every form but text."""
    try:
        report = make()
    except Refused as refusal:
        if form is Format.TEXT:
            raise
        codes = ", ".join(dict.fromkeys(item.code for item in refusal.findings))
        report = Report(subject, f"{subject}: refused: {codes}", Verdict.FAIL, findings=refusal.findings)
    return show(report, form)


def write(report: Report, form: Format) -> str:
    """Write a report in one of the forms."""
    return _WRITERS[form](report)


def findings_text(findings: Iterable[Finding], stream: TextIO) -> str:
    """Write findings for people, in colour where the stream is a terminal."""
    return "\n".join(screen.finding(item, coloured=screen.coloured(stream)) for item in findings)


def text(report: Report, width: int = screen.PLAIN, *, coloured: bool = False) -> str:
    """Write a report for people."""
    parts = [f"{screen.verdict(report.verdict, coloured=coloured)}  {screen.safe(report.headline)}"]
    if report.checks:
        rows = [(item.verdict, item.id, item.found or item.says) for item in report.checks]
        parts.append(screen.table("", ("verdict", "check", "found"), rows, width, coloured=coloured))
    parts += [screen.finding(item, coloured=coloured) for item in report.findings]
    parts += [screen.table(item.title, item.columns, item.rows, width, coloured=coloured) for item in report.tables]
    parts += [part for item in report.chapters for part in _chapter(item, width, coloured=coloured)]
    parts += ["\n".join(screen.wrap(f"note: {item}", width) for item in report.notes)] if report.notes else []
    return "\n\n".join(parts) + "\n"


def _chapter(chapter: Chapter, width: int, *, coloured: bool) -> Iterator[str]:
    yield screen.wrap(f"{chapter.title}: {chapter.says}", width)
    for item in chapter.tables:
        if not item.folded:
            said = screen.wrap(f"{item.title}: {item.says}" if item.says else f"{item.title}:", width)
            rows = [screen.table("", item.columns, item.rows, width, coloured=coloured)] if item.rows else []
            yield "\n".join((said, *rows))
    yield from (screen.wrap(f"note: {note}", width) for note in chapter.notes)


def as_json(report: Report) -> str:
    """Write a report for programs."""
    value: dict[str, Any] = {
        "subject": report.subject,
        "verdict": report.verdict.value,
        "sandbox": report.sandbox,
        "headline": report.headline,
        "checks": [vars(item) | {"verdict": item.verdict.value} for item in report.checks],
        "findings": [vars(item) for item in report.findings],
        "tables": _tables(report.tables),
        "notes": list(report.notes),
        "chapters": {item.title: _tables(item.tables) for item in report.chapters},
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def _tables(tables: Iterable[Table]) -> dict[str, list[dict[str, Any]]]:
    return {
        item.title: [dict(zip(item.columns, map(_value, row), strict=True)) for row in item.rows] for item in tables
    }


def _value(cell: Cell) -> object:
    return vars(cell) if isinstance(cell, Number) else cell


_WRITERS: dict[Format, Callable[[Report], str]] = {
    Format.TEXT: text,
    Format.JSON: as_json,
    Format.MARKDOWN: markdown.write,
    Format.HTML: page.write,
    Format.SARIF: sarif,
    Format.JUNIT: junit,
}
