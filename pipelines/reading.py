"""CSV from bytes, strictly: what two readers could read differently is refused, with the line it stands on.

In order: at most ``MAX_BYTES``; not empty; UTF-8 without a byte order mark; lines that end in LF or CRLF; no control
characters; quotes as RFC 4180 has them, none spanning lines; a header of distinct names; at least one row, at most
``MAX_ROWS``; as many cells in each row as in the header. So row ``i`` (from 0) stands on line ``i + 2``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES = 256 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 2_000
MAX_FINDINGS = 20

_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CELL = r'(?:"(?:[^"]|"")*"|[^",]*)'
_LINE = re.compile(rf"{_CELL}(?:,{_CELL})*")


@dataclass(frozen=True)
class Sheet:
    """A header and the cells below it, by column, as text."""

    header: tuple[str, ...]
    columns: dict[str, list[str]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))


def line(row: int) -> int:
    """Return the line on which a row (from 0) stands."""
    return row + 2


def read(data: bytes, where: str) -> Sheet:
    """Read a CSV file; raise Refused (DATA_*) for anything doubtful."""
    lines = _text(data, where).split("\n")
    if lines[-1] == "":
        lines.pop()
    refuse_all(_quotes(lines, where))
    header = _header(lines[0], where)
    if len(lines) == 1:
        raise refuse("DATA_EMPTY", where, "at least one row below the header", "none")
    if len(lines) - 1 > MAX_ROWS:
        raise refuse("DATA_TOO_LARGE", where, f"at most {MAX_ROWS} rows", str(len(lines) - 1))
    rows = list(_cells(lines[1:], where))
    refuse_all(_ragged(rows, len(header), where))
    return Sheet(header, dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)))


def refuse_all(findings: Iterable[Finding]) -> None:
    """Raise Refused if there is a finding; of very many, the first ones."""
    if some := tuple(islice(findings, MAX_FINDINGS)):
        raise Refused(*some)


def _text(data: bytes, where: str) -> str:
    if len(data) > MAX_BYTES:
        raise refuse("DATA_TOO_LARGE", where, f"at most {MAX_BYTES} bytes", f"{len(data)} bytes")
    if not data.strip():
        raise refuse("DATA_EMPTY", where, "a header and rows", "nothing")
    if data.startswith(_BOM):
        raise refuse("DATA_BYTE_ORDER_MARK", f"{where}:1", "plain UTF-8", "a byte order mark", "save it without one")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise refuse("DATA_NOT_UTF8", f"{where}:{at}", "UTF-8", f"a broken byte at offset {error.start}") from error
    if odd := _CONTROL.search(text):
        at = text.count("\n", 0, odd.start()) + 1
        raise refuse("DATA_CONTROL_CHARACTER", f"{where}:{at}", "printable text", f"U+{ord(odd[0]):04X}")
    return text


def _quotes(lines: list[str], where: str) -> Iterator[Finding]:
    for number, text in enumerate(lines, 1):
        if '"' in text and not _LINE.fullmatch(text):
            mend = 'quote the whole cell and double the quotes inside it: "say ""yes"""'
            yield Finding("DATA_QUOTES", f"{where}:{number}", "quotes around whole cells, on one line", "others", mend)


def _header(text: str, where: str) -> tuple[str, ...]:
    header = tuple(next(_cells([text], where), ()))
    if len(header) > MAX_COLUMNS:
        raise refuse("DATA_TOO_LARGE", f"{where}:1", f"at most {MAX_COLUMNS} columns", str(len(header)))
    if not header or not all(header) or len(set(header)) != len(header):
        twice = next((repr(name[:60]) for name in header if not name or header.count(name) > 1), "nothing")
        raise refuse("HEADER_MISMATCH", f"{where}:1", "a name for each column, each once", twice)
    return header


def _cells(lines: list[str], where: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise refuse("DATA_SYNTAX", f"{where}:{line(reader.line_num - 1)}", "CSV", error) from error


def _ragged(rows: list[list[str]], width: int, where: str) -> Iterator[Finding]:
    for row, cells in enumerate(rows):
        if len(cells) != width:
            found = f"{len(cells)}" if cells else "an empty line"
            yield Finding("RAGGED_ROW", f"{where}:{line(row)}", f"{width} cells, as in the header", found)
