"""Walk an audit log from its first line to its last, and say where the chain breaks.

In order: the files' indexes follow each other; every line is one JSON object, numbered one higher than the line before
and holding its digest; only a file that the next one's first line disowns, or the last one, ends in a fragment; the log
still holds the head that somebody kept. Without a kept head (/healthz shows it) a log cut short looks whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Finding, Refused
from serving.audit_log import MAX_LINE, RESUMED, START, Head, segments, torn_piece

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Walk:
    """What was walked: the head reached, whether a crash left a fragment at the end, and every break found."""

    head: Head
    torn: bool
    findings: tuple[Finding, ...]


@dataclass
class _Walker:
    kept: Head | None
    head: Head
    torn: list[dict[str, object]] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    def file(self, index: int, path: Path) -> None:
        fragment = b""
        for count, line in enumerate(_lines(path), start=1):
            if line.endswith(b"\n"):
                self.line(line, f"{path.name}:{count}")
            else:
                fragment += line
        if fragment:
            self.torn.append(torn_piece(index, fragment))

    def line(self, line: bytes, where: str) -> None:
        try:
            value = strict_json.loads(line, where, limit=MAX_LINE)
        except Refused as no:
            self.found += no.findings
            value = {}
        value = value if isinstance(value, dict) else {}
        self._check_torn(value, where)
        expected = (self.head.number + 1, self.head.digest)
        if (value.get("n"), value.get("prev")) != expected:
            found = f"line {value.get('n')} after {str(value.get('prev'))[:12]}"
            self._break("AUDIT_CHAIN", where, f"line {expected[0]} after {expected[1][:12]}", found)
        self.head = Head(expected[0], sha256(line))
        if self.kept and self.kept.number == self.head.number and self.kept.digest != self.head.digest:
            self._break("AUDIT_REWRITTEN", where, f"digest {self.kept.digest[:12]}", self.head.digest[:12])

    def _check_torn(self, value: dict[str, Any], where: str) -> None:
        named = value.get("torn", []) if value.get("event") == RESUMED else []
        if named != self.torn:
            self._break("AUDIT_TORN", where, f"the names of {len(self.torn)} torn lines before it", "others")
        self.torn = []

    def _break(self, code: str, where: str, expected: str, found: str) -> None:
        self.found.append(Finding(code, where, expected, found, "treat everything from here on as unproved"))


def walk(folder: Path, *, after: Head = START, kept: Head | None = None) -> Walk:
    """Walk the log in ``folder``; ``after`` is the head of files archived elsewhere, ``kept`` a head seen before."""
    walker, before = _Walker(kept, after), None
    for index, path in segments(folder):
        if before is not None and index != before + 1:
            walker.found.append(Finding("AUDIT_FILE_GONE", path.name, f"file {before + 1}", f"file {index}"))
        walker.file(index, path)
        before = index
    if kept and kept.number > walker.head.number:
        short = Finding("AUDIT_TRUNCATED", str(folder), f"at least {kept.number} lines", str(walker.head.number))
        walker.found.append(short)
    return Walk(walker.head, bool(walker.torn), tuple(walker.found))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE + 1):
            yield line
