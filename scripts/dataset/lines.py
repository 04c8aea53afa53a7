"""What is wrong with a CSV file before a single cell is read, and the command that mends it.

In order: not empty; UTF-8 without a byte order mark; lines that end in LF or CRLF; no control characters; commas
between cells; a header of distinct names that a document can use; quotes around whole cells, none spanning lines; as
many cells in each row as in the header. It is read twice, in chunks, never whole.
"""

from __future__ import annotations

import codecs
import csv
import re
import shlex
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import Finding, Refused
from scripts.dataset.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

CHUNK = 4 * 1024 * 1024
SHOWN = 5

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_QUOTED = r'"(?:[^"]|"")*"'
_CELL = rf'(?:{_QUOTED}|[^",]*)'
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_ONE_LINE = '([" ".join(cell.split()) for cell in row] for row in csv.reader(sys.stdin))'
_REWRITE = (
    "python3 -c 'import csv, sys; csv.writer(sys.stdout, lineterminator=\"\\n\").writerows(csv.reader(sys.stdin{}))'"
)


def check(path: Path, where: str) -> list[str]:
    """Return the header of a CSV file; raise Refused with what must be mended first."""
    for findings in (_bytes, _header, _rows):
        if found := tuple(findings(path, where)):
            raise Refused(*found)
    return _names(path)


def _mended(where: str, command: str) -> str:
    """Return the command that writes a mended copy beside a file."""
    stem, _, ending = where.rpartition(".")
    return f"{command} < {shlex.quote(where)} > {shlex.quote(f'{stem}-mended.{ending}')}"


def _bytes(path: Path, where: str) -> Iterator[Finding]:
    with path.open("rb") as file:
        start = file.read(4)
    if not path.stat().st_size:
        yield Finding("DATA_EMPTY", where, "a header and rows", "nothing")
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield _not_utf8(where, 1, "UTF-16", "UTF-16")
    elif start.startswith(codecs.BOM_UTF8):
        mend = _mended(where, "tail -c +4")
        yield Finding("DATA_BYTE_ORDER_MARK", f"{where}:1", "UTF-8 without a byte order mark", "one", mend)
    else:
        yield from _text(path, where)


def _text(path: Path, where: str) -> Iterator[Finding]:
    decoder, line, feeds, returns = codecs.getincrementaldecoder("utf-8")(), 1, 0, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                broken = line + error.object.count(b"\n", 0, error.start)
                name = "WINDOWS-1252" if re.search(rb"[\x80-\x9f]", chunk) else "ISO-8859-1"
                yield _not_utf8(where, broken, "bytes that are not UTF-8", name)
                return
            if odd := _CONTROL.search(text):
                at, mend = (
                    line + text.count("\n", 0, odd.start()),
                    _mended(where, r"tr -d '\000-\010\013\014\016-\037\177'"),
                )
                yield Finding("DATA_CONTROL_CHARACTER", f"{where}:{at}", "printable text", f"U+{ord(odd[0]):04X}", mend)
                return
            feeds, returns = feeds + text.count("\n"), returns + text.count("\r")
            line += text.count("\n")
    if returns > feeds:
        mend = _mended(where, r"tr '\r' '\n'")
        yield Finding("DATA_LINE_ENDS", where, "lines that end in a line feed", "carriage returns alone", mend)


def _not_utf8(where: str, line: int, found: str, encoding: str) -> Finding:
    mend = f"{_mended(where, f'iconv -f {encoding} -t UTF-8')} (if {encoding} is what it is; look at the result)"
    return Finding("DATA_NOT_UTF8", f"{where}:{line}", "UTF-8", found, mend)


def _names(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        first = file.readline(CHUNK)
    return next(csv.reader([first.rstrip("\r\n")]), [])


def _header(path: Path, where: str) -> Iterator[Finding]:
    names = _names(path)
    if len(names) == 1 and (other := max(_DELIMITERS, key=names[0].count)) in names[0]:
        mend = _mended(where, _REWRITE.format(f', delimiter="{other}"'.replace("\t", r"\t")))
        found = f"{_DELIMITERS[other]}; commas inside numbers may be decimal commas"
        yield Finding("DATA_DELIMITER", f"{where}:1", "commas between cells", found, mend)
        return
    better = renamed(names)
    if better != names:
        odd = [name or "an empty name" for name, new in zip(names, better, strict=True) if name != new]
        mend = _mended(where, f"(echo {shlex.quote(','.join(better))}; tail -n +2)")
        expected = "names of letters, digits and underscores, each once"
        yield Finding("HEADER_NAMES", f"{where}:1", expected, ", ".join(dict.fromkeys(odd))[:300], mend)


def renamed(names: list[str]) -> list[str]:
    """Return names that a document can use, each once; those that are fine stay as they are."""
    result: list[str] = []
    for place, name in enumerate(names, 1):
        plain = name if _NAME.fullmatch(name) else "_".join(words(name))
        plain = plain if _NAME.fullmatch(plain) else f"column_{plain or place}"[:60]
        taken = [f"{plain}_{number}" for number in range(2, len(names) + 2)]
        result.append(next(new for new in (plain, *taken) if new not in result))
    return result


def _rows(path: Path, where: str) -> Iterator[Finding]:
    """Yield rows that are not CSV, or have more or fewer cells than the header."""
    import polars as pl

    width, line = len(_names(path)), pl.col("line")
    cells = line.str.replace_all(_QUOTED, "").str.count_matches(",", literal=True) + 1
    judged = (
        pl.when(line == "")
        .then(pl.lit("empty"))
        .when(~line.str.contains(rf"^{_CELL}(?:,{_CELL})*$"))
        .then(pl.lit("quotes"))
        .when(cells != width)
        .then(cells.cast(pl.String))
    )
    odd = _lines(path).with_columns(judged.alias("problem")).filter(pl.col("problem").is_not_null())
    found = odd.group_by("problem").agg(pl.len().alias("rows"), pl.col("number").sort().head(SHOWN))
    for row in found.sort("problem").collect(engine="streaming").iter_rows(named=True):
        yield _odd(where, width, row)
    if not _lines(path).head(1).collect(engine="streaming").height:
        yield Finding("DATA_EMPTY", where, "at least one row below the header", "none")


def _lines(path: Path) -> pl.LazyFrame:
    """Return the lines below the header, numbered as an editor numbers them."""
    import polars as pl

    lines = pl.scan_csv(
        path,
        separator="\x01",
        quote_char=None,
        has_header=False,
        schema={"line": pl.String},
        row_index_name="number",
        row_index_offset=1,
        glob=False,
        empty_string_is_null=False,
    )
    return lines.filter(pl.col("number") > 1).with_columns(pl.col("line").str.strip_suffix("\r"))


def _odd(where: str, width: int, row: dict[str, Any]) -> Finding:
    problem, at = row["problem"], f"{where}:{row['number'][0]}"
    lines = ", ".join(map(str, row["number"]))
    more = f" (lines {lines}{', …' if row['rows'] > SHOWN else ''})"
    if problem == "quotes":
        mend = _mended(where, _REWRITE.format("").replace("csv.reader(sys.stdin)", _ONE_LINE))
        found = f"{row['rows']} lines with others{more}"
        return Finding("DATA_QUOTES", at, "quotes around whole cells, on one line", found, mend)
    if problem == "empty":
        mend = _mended(where, "grep -v '^[[:space:]]*$'")
        return Finding("RAGGED_ROW", at, f"{width} cells, as in the header", f"{row['rows']} empty lines{more}", mend)
    mend = "look at these lines: a comma inside a cell needs quotes around the cell"
    return Finding("RAGGED_ROW", at, f"{width} cells, as in the header", f"{problem} in {row['rows']} rows{more}", mend)
