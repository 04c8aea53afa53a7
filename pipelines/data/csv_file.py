"""CSV, strictly and in pieces: what two readers could read differently is refused, with the line it stands on.

In order: not empty; lines of at most ``MAX_LINE`` bytes that end in LF or CRLF; UTF-8 without a byte order mark; no
control characters; a header of distinct names; quotes as RFC 4180 has them, none spanning lines; as many cells in each
row as in the header; at least one row, at most ``MAX_ROWS``. So row ``i`` (from 0) stands on line ``i + 2``.

The bytes are judged by their own rules first and parsed by polars after, every cell as text. polars must find as many
rows as there are lines.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import polars as pl

from counterseal.values.finding import Finding, refuse
from pipelines.data.findings import MAX_COLUMNS, MAX_FINDINGS, MAX_ROWS, refuse_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.data.material import Data

MAX_LINE = 1024 * 1024
BLOCK = 8 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_CONTROL = bytes({*range(0x20), 0x7F} - set(b"\t\n"))
_CELL = r'(?:"(?:[^"]|"")*"|[^",]*)'
_LINE = rf"^{_CELL}(?:,{_CELL})*$"
_QUOTES = "quotes around whole cells, on one line"
_QUOTED = r'"(?:[^"]|"")*"'


class CsvFile:
    """A CSV file: its header, and its rows in pieces."""

    def __init__(self, data: Data, where: str) -> None:
        """Read the header; raise Refused (DATA_*, HEADER_MISMATCH) for a doubtful one."""
        self.data, self.where, self.sound = data, where, False
        self.done = 0.0
        first = next(self._blocks(), None)
        if first is None or not first.strip():
            raise refuse("DATA_EMPTY", where, "a header and rows", "nothing")
        self.header = _header(_column(_plain(first, where, 1))[0], where)
        self.schema = pl.Schema(dict.fromkeys(self.header, pl.String))

    def place(self, row: int) -> str:
        """Return where a row (from 0) stands."""
        return f"{self.where}:{row + 2}"

    def frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the rows of some columns in order, as text; raise Refused (DATA_*, RAGGED_ROW) at a doubtful one."""
        rows = -1  # the header is the first line
        for text in self._texts():
            frame = self._cells(text, names)
            yield frame.slice(1) if rows < 0 else frame
            rows += frame.height
        if rows < 1:
            raise refuse("DATA_EMPTY", self.where, "at least one row below the header", "none")
        self.sound = True

    def _texts(self) -> Iterator[bytes]:
        """Yield whole lines that read one way; they are judged once, for the bytes stay the same."""
        rows = -1
        for block in self._blocks():
            if not self.sound:
                text = _plain(block, self.where, rows + 2)
                lines = _column(text)
                refuse_all(self._doubts(lines, rows, quoted=b'"' in text))
                rows += lines.len()
            if rows > MAX_ROWS:
                raise refuse("DATA_TOO_LARGE", self.where, f"at most {MAX_ROWS} rows", "more")
            self.done += len(block) / self.data.size
            yield block

    def _blocks(self) -> Iterator[bytes]:
        """Yield whole lines, each with its end, some megabytes at once."""
        rest = b""
        for block in self.data.blocks(BLOCK):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut]
            rest = block[cut:] if cut else rest + block
            if len(rest) > max(BLOCK, MAX_LINE):
                raise refuse("DATA_TOO_LARGE", self.where, f"lines of at most {MAX_LINE} bytes", "a longer one")
        if rest:
            yield rest + b"\n"

    def _doubts(self, lines: pl.Series, rows: int, *, quoted: bool) -> Iterator[Finding]:
        yield from self._long(lines, rows)
        if quoted:
            yield from self._quotes(lines, rows)
            lines = lines.str.replace_all(_QUOTED, "quoted")
        width = len(self.header)
        cells = pl.select(pl.when(lines != "").then(lines.str.count_matches(",", literal=True) + 1).otherwise(0))
        for row, found in _some(cells.to_series(), cells.to_series() != width):
            says = f"{found}" if found else "an empty line"
            yield Finding("RAGGED_ROW", self.place(rows + row), f"{width} cells, as in the header", says)

    def _long(self, lines: pl.Series, rows: int) -> Iterator[Finding]:
        lengths = lines.str.len_bytes()
        for row, found in _some(lengths, lengths > MAX_LINE):
            yield Finding("DATA_TOO_LARGE", self.place(rows + row), f"a line of at most {MAX_LINE} bytes", f"{found}")

    def _quotes(self, lines: pl.Series, rows: int) -> Iterator[Finding]:
        mend = 'quote the whole cell and double the quotes inside it: "say ""yes"""'
        for row, _ in _some(lines, ~lines.str.contains(_LINE)):
            yield Finding("DATA_QUOTES", self.place(rows + row), _QUOTES, "others", mend)

    def _cells(self, text: bytes, names: Sequence[str]) -> pl.DataFrame:
        numbered = {name: f"column_{place}" for place, name in enumerate(self.header, 1)}
        schema, chosen = dict.fromkeys(numbered.values(), pl.String), [numbered[name] for name in names]
        try:
            frame = pl.read_csv(text, has_header=False, schema=schema, columns=chosen, empty_string_is_null=False)
        except pl.exceptions.PolarsError as error:
            raise refuse("DATA_SYNTAX", self.where, "CSV", str(error)[:200]) from error
        if frame.height != (height := text.count(b"\n")):
            raise refuse("DATA_SYNTAX", self.where, f"{height} lines read as rows", f"{frame.height}")
        return frame.rename(dict(zip(chosen, names, strict=True)))


def _header(line: str, where: str) -> tuple[str, ...]:
    try:
        header = tuple(next(csv.reader([line], strict=True), ()))
    except csv.Error as error:
        raise refuse("DATA_QUOTES", f"{where}:1", "names, quoted whole or not at all", str(error)) from error
    if len(header) > MAX_COLUMNS:
        raise refuse("DATA_TOO_LARGE", f"{where}:1", f"at most {MAX_COLUMNS} columns", str(len(header)))
    if not header or not all(header) or len(set(header)) != len(header):
        twice = next((repr(name[:60]) for name in header if not name or header.count(name) > 1), "nothing")
        raise refuse("HEADER_MISMATCH", f"{where}:1", "a name for each column, each once", twice)
    return header


def _plain(block: bytes, where: str, line: int) -> bytes:
    """Return whole lines with plain ends; raise Refused for bytes that are no plain text."""
    if (at := block.find(_BOM)) >= 0:
        found = "a byte order mark"
        raise refuse("DATA_BYTE_ORDER_MARK", _at(block, at, where, line), "plain UTF-8", found, "save it without one")
    text = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    if len(text.translate(None, _CONTROL)) != len(text):
        at = next(place for place, byte in enumerate(text) if byte in _CONTROL)
        raise refuse("DATA_CONTROL_CHARACTER", _at(text, at, where, line), "printable text", f"U+{text[at]:04X}")
    try:
        text.isascii() or text.decode()
    except UnicodeDecodeError as error:
        mend = "save the file as UTF-8: it may be in Latin-1, Windows-1252 or UTF-16"
        place = _at(text, error.start, where, line)
        raise refuse("DATA_NOT_UTF8", place, "UTF-8", f"the byte 0x{text[error.start]:02X}", mend) from error
    return text


def _at(text: bytes, place: int, where: str, line: int) -> str:
    above = text.count(b"\n", 0, place)
    return f"{where}:{above + line}"


def _column(text: bytes) -> pl.Series:
    """Return the lines of a text that holds no control character."""
    lines = {"line": pl.String}
    frame = pl.read_csv(
        text, has_header=False, schema=lines, separator="\x01", quote_char=None, empty_string_is_null=False
    )
    return frame["line"]


def _some(series: pl.Series, chosen: pl.Series) -> Iterator[tuple[int, object]]:
    for row in chosen.arg_true().head(MAX_FINDINGS).to_list():
        yield row, series[row]
