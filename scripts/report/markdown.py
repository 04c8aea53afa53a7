"""A report as Markdown, for a pull request's page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scripts.report.report import Report, Table

_MARKS = {Verdict.PASS: "✅", Verdict.REVIEW: "🔎", Verdict.FAIL: "❌"}
_ACTIVE = re.compile(r"([\\`*_{}\[\]()<>#+!|~$])")
#: What would begin a list or underline a heading: a backslash goes behind the number, or before the mark.
_LEADING = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-=]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;&#8288;", ":": "&#58;"}


def escape(text: object) -> str:
    """Return a text that Markdown shows as it is: no tag, link, mention, list, heading, fence or cell of its own."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    shown = "".join(_ENTITIES.get(char) or _ACTIVE.sub(r"\\\1", char) for char in line)
    return _LEADING.sub(r"\1\\", shown)


def write(report: Report) -> str:
    """Write a report as Markdown."""
    parts = [f"### {_marked(report.verdict)}: {escape(report.headline)}"]
    if report.checks:
        rows = [
            (f"{_MARKS[c.verdict]} {c.verdict.value}", escape(c.id), escape(c.found or c.says)) for c in report.checks
        ]
        parts.append(_table(("verdict", "check", "found"), rows))
    if report.findings:
        parts.append("#### What does not hold")
        cells = [tuple(map(escape, (f.where, f.code, f.expected, f.found, f.mend))) for f in report.findings]
        parts.append(_table(("where", "code", "expected", "found", "how to mend it"), cells))
    parts += [part for item in report.tables for part in _titled(item)]
    for chapter in report.chapters:
        parts += [f"### {escape(chapter.title)}", escape(chapter.says)]
        parts += [part for item in chapter.tables if not item.folded for part in _titled(item)]
        parts += [f"> {escape(note)}" for note in chapter.notes]
    parts += [f"> {escape(note)}" for note in report.notes]
    return "\n\n".join(parts) + "\n"


def _titled(table: Table) -> Iterator[str]:
    yield f"#### {escape(table.title)}"
    yield from [escape(table.says)] if table.says else []
    yield from [_table(table.columns, [tuple(map(escape, row)) for row in table.rows])] if table.rows else []


def _marked(verdict: Verdict) -> str:
    return f"{_MARKS[verdict]} {verdict.value}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
