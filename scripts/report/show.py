"""A report, written as text, JSON, Markdown, SARIF or JUnit.

* The first line is the verdict, and of a sandbox's page that it is one.
* Whatever comes from a document is escaped for the format at hand: control characters never reach a terminal, and no
  text can open a tag, a mention, a link or another cell in Markdown.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scripts.report import letterhead, markdown, screen
from scripts.report.junit import junit
from scripts.report.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from counterseal.values.finding import Finding
    from scripts.report.report import Report


class Format(StrEnum):
    """The forms a report can be written in."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
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
    parts += ["\n".join(screen.wrap(f"note: {item}", width) for item in report.notes)] if report.notes else []
    return "\n\n".join(parts) + "\n"


def as_json(report: Report) -> str:
    """Write a report for programs."""
    tables = {item.title: [dict(zip(item.columns, row, strict=True)) for row in item.rows] for item in report.tables}
    value: dict[str, Any] = {
        "subject": report.subject,
        "verdict": report.verdict.value,
        "sandbox": report.sandbox,
        "headline": report.headline,
        "checks": [vars(item) | {"verdict": item.verdict.value} for item in report.checks],
        "findings": [vars(item) for item in report.findings],
        "tables": tables,
        "notes": list(report.notes),
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


_WRITERS: dict[Format, Callable[[Report], str]] = {
    Format.TEXT: text,
    Format.JSON: as_json,
    Format.MARKDOWN: markdown.write,
    Format.SARIF: sarif,
    Format.JUNIT: junit,
}
