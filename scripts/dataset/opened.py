"""A file of data, opened as the pipeline opens it, so that what is described here is what ``validate`` reads.

What the pipeline refuses is refused here too, once for each kind of fault, and with the command that writes a mended
copy. Two things more are refused: other delimiters than commas, and names that no document can use.
"""

from __future__ import annotations

import codecs
import csv
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused, refuse
from pipelines.data.csv_file import CsvFile
from pipelines.data.parquet_file import ParquetFile
from scripts.dataset.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.data.inspection import Source
    from scripts.dataset.source import Brought

SHOWN = 5
HEAD = 1024 * 1024

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_REWRITE = "python3 -c 'import csv, sys; csv.writer(sys.stdout, lineterminator=\"\\n\").writerows({})'"
_ONE_LINE = '[" ".join(cell.split()) for cell in row] for row in csv.reader(sys.stdin)'
_MENDS = {
    "DATA_BYTE_ORDER_MARK": "tail -c +4",
    "DATA_CONTROL_CHARACTER": r"tr -d '\000-\010\013\014\016-\037\177'",
    "DATA_CONTROL_CHARACTER U+000D": r"tr '\r' '\n'",
    "DATA_NOT_UTF8": "iconv -f WINDOWS-1252 -t UTF-8",
    "DATA_QUOTES": _REWRITE.format(_ONE_LINE),
    "RAGGED_ROW an empty line": "grep -v '^[[:space:]]*$'",
}


def opened(brought: Brought) -> Source:
    """Open a file; raise Refused with what must be mended first."""
    where, data = brought.url, brought.data
    if brought.format == "csv" and data.read(0, 2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        mend = _mended(where, "iconv -f UTF-16 -t UTF-8")
        raise refuse("DATA_NOT_UTF8", f"{where}:1", "UTF-8", "UTF-16", mend)
    try:
        source: Source = CsvFile(data, where) if brought.format == "csv" else ParquetFile(data, where)
    except Refused as refusal:
        raise _told(refusal, brought) from refusal
    if found := tuple(_names(list(source.schema), brought)):
        raise Refused(*found)
    return source


def frames(source: Source, brought: Brought) -> Iterator[pl.DataFrame]:
    """Yield the rows in pieces; raise Refused with what must be mended first."""
    try:
        yield from source.frames(list(source.schema))
    except Refused as refusal:
        raise _told(refusal, brought) from refusal


def renamed(names: list[str]) -> list[str]:
    """Return names that a document can use, each once; those that are fine stay as they are."""
    result: list[str] = []
    for place, name in enumerate(names, 1):
        plain = name if _NAME.fullmatch(name) else "_".join(words(name))
        plain = plain if _NAME.fullmatch(plain) else f"column_{plain or place}"[:60]
        taken = [f"{plain}_{number}" for number in range(2, len(names) + 2)]
        result.append(next(new for new in (plain, *taken) if new not in result))
    return result


def _names(names: list[str], brought: Brought) -> Iterator[Finding]:
    where = f"{brought.url}:1"
    other = max(_DELIMITERS, key="".join(names).count)
    if brought.format == "csv" and len(names) == 1 and other in names[0]:
        reader = f'csv.reader(sys.stdin, delimiter="{other}")'.replace("\t", r"\t")
        found, mend = f"{_DELIMITERS[other]}; commas in numbers may be decimal ones", _REWRITE.format(reader)
        yield Finding("DATA_DELIMITER", where, "commas between cells", found, _mended(brought.url, mend))
        return
    better = renamed(names)
    if better != names:
        odd = [name or "an empty name" for name, new in zip(names, better, strict=True) if name != new]
        expected, found = "names of letters, digits and underscores, each once", ", ".join(dict.fromkeys(odd))[:300]
        yield Finding("HEADER_NAMES", where, expected, found, _other_names(brought, names, better))


def _other_names(brought: Brought, names: list[str], better: list[str]) -> str:
    """Return the command that gives the columns of a file other names."""
    if brought.format == "csv":
        return _mended(brought.url, f"(echo {shlex.quote(','.join(better))}; tail -n +2)")
    changed = {old: new for old, new in zip(names, better, strict=True) if old != new}
    return f"write it again with other names, in polars: frame.rename({changed})"


def _told(refusal: Refused, brought: Brought) -> Refused:
    """Return a refusal with one finding for each kind of fault, and how to mend it."""
    if brought.format == "csv" and refusal.code == "HEADER_MISMATCH":
        first = brought.data.read(0, HEAD).decode(errors="replace").splitlines()[0]
        return Refused(*_names(next(csv.reader([first])), brought) or refusal.findings)
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in refusal.findings:
        kinds.setdefault((finding.code, finding.found if finding.code == "RAGGED_ROW" else ""), []).append(finding)
    return Refused(*(_together(alike, brought.url) for alike in kinds.values()))


def _together(alike: list[Finding], where: str) -> Finding:
    """Return one finding for several of a kind."""
    first, others = alike[0], [finding.where.rpartition(":")[2] for finding in alike[1:]]
    also = f"; also on lines {', '.join(others[:SHOWN])}{', …' if len(others) > SHOWN else ''}" if others else ""
    command = _MENDS.get(f"{first.code} {first.found}") or _MENDS.get(first.code)
    mend = _mended(where, command) if command else first.mend
    if first.code == "RAGGED_ROW" and not command:
        mend = "look at these lines: a comma inside a cell needs quotes around the whole cell"
    return replace(first, found=first.found + also, mend=mend)


def _mended(where: str, command: str) -> str:
    """Return the command that writes a mended copy beside a file."""
    stem, _, ending = where.rpartition(".")
    return f"{command} < {shlex.quote(where)} > {shlex.quote(f'{stem}-mended.{ending}')}"
