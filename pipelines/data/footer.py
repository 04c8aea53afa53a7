"""The footer of a Parquet file, proved by the pages it speaks of before anything is decompressed.

The rules, in order:

* ``PAR1`` at both ends and a footer of at most ``MAX_FOOTER`` bytes between them, not encrypted;
* a flat table of at most ``MAX_COLUMNS`` columns, each with a name of its own that can be printed;
* row groups of at most ``MAX_GROUP`` rows, which add up to the rows of the file, at most ``MAX_ROWS``;
* each column of each group lies in this file, in bytes that no other shares, and is said to have a value for each row;
* its pages, read one header after the other, fill exactly those bytes, hold exactly those values, and none says it
  unpacks to more than ``MAX_PAGE`` bytes.

Whatever the footer says of values (statistics, sorting, indices) is never used.
Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import refuse
from pipelines.data.findings import MAX_COLUMNS, MAX_ROWS
from pipelines.data.thrift import Compact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.data.material import Data

MAGIC = b"PAR1"
MAX_FOOTER = 64 * 1024**2
MAX_GROUP = 4 * 1024**2
MAX_PAGE = 256 * 1024**2
MAX_PAGE_HEADER = 64 * 1024

_REPEATED = 2


@dataclass(frozen=True)
class Footer:
    """What a proved footer says: the columns' names, and how many rows each row group has."""

    names: tuple[str, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True)
class _Chunk:
    """One column of one row group: how many values, in which bytes."""

    values: int
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def prove(data: Data, where: str) -> Footer:
    """Read the footer and hold it against the pages; raise Refused (DATA_*) if it lies."""
    try:
        said, end = _footer(data)
        names, groups = _names(said), _groups(said)
        chunks = [_chunk(column, group) for group in said[4] for column in group[1]]
        _check_columns(said, names)
        _check_places(chunks, end)
        for chunk in chunks:
            _check_pages(data, chunk)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        says = str(error) if isinstance(error, ValueError) else "fields that are missing or of another kind"
        mend = "write the file again with a current library; a file from elsewhere may have been tampered with"
        raise refuse(
            "DATA_FOOTER", where, "a Parquet file whose footer tells what is in it", says[:200], mend
        ) from error
    return Footer(names, groups)


def _footer(data: Data) -> tuple[dict[int, Any], int]:
    head, tail = data.read(0, 4), data.read(max(0, data.size - 8), 8)
    _require(data.size >= 12 and (head, tail[4:]) == (MAGIC, MAGIC), "no PAR1 at both ends")  # noqa: PLR2004
    size = int.from_bytes(tail[:4], "little")
    start = data.size - 8 - size
    _require(size <= MAX_FOOTER and start >= len(MAGIC), f"a footer of {size} bytes")
    return Compact(data.read(start, size)).struct(), start


def _names(said: dict[int, Any]) -> tuple[str, ...]:
    root, *elements = said[2]
    _require(root.get(5) == len(elements), "columns within columns")
    _require(not any(item.get(5) or item.get(3) == _REPEATED for item in elements), "columns within columns")
    _require(0 < len(elements) <= MAX_COLUMNS, f"{len(elements)} columns")
    names = tuple(item[4].decode() for item in elements)
    _require(all(map(str.isprintable, names)), "names of columns that cannot be printed")
    _require(all(names) and len(set(names)) == len(names), "columns without a name of their own")
    return names


def _groups(said: dict[int, Any]) -> tuple[int, ...]:
    groups = tuple(group[3] for group in said[4])
    largest = max(groups, default=0)
    _require(0 < largest <= MAX_GROUP, f"a row group of {largest} rows, of at most {MAX_GROUP}")
    _require(min(groups) >= 0 and sum(groups) == said[3] <= MAX_ROWS, f"{said[3]} rows in all, {sum(groups)} in groups")
    return groups


def _check_columns(said: dict[int, Any], names: tuple[str, ...]) -> None:
    for group in said[4]:
        paths = [tuple(part.decode() for part in column[3][3]) for column in group[1]]
        _require(paths == [(name,) for name in names], "a row group with other columns")


def _chunk(column: dict[int, Any], group: dict[int, Any]) -> _Chunk:
    about = column[3]
    _require(1 not in column, "a column in another file")
    _require(about[5] == group[3], f"{about[5]} values of a column in {group[3]} rows")
    start = min(about[9], about.get(11) or about[9])
    return _Chunk(about[5], start, about[7])


def _check_places(chunks: list[_Chunk], end: int) -> None:
    order = sorted(chunks, key=lambda chunk: chunk.start)
    _require(order[0].start >= len(MAGIC) and order[-1].end <= end, "columns outside the file")
    _require(all(a.size > 0 and a.end <= b.start for a, b in pairwise(order)), "columns that share bytes")


def _check_pages(data: Data, chunk: _Chunk) -> None:
    found = sum(_pages(data, chunk))
    _require(found == chunk.values, f"{found} values in pages of a column said to have {chunk.values}")


def _pages(data: Data, chunk: _Chunk) -> Iterator[int]:
    """Yield how many values each page says it has."""
    at = chunk.start
    while at < chunk.end:
        thrift = Compact(data.read(at, min(MAX_PAGE_HEADER, chunk.end - at)))
        page = thrift.struct()
        _require(0 <= page[2] <= MAX_PAGE and page[3] >= 0, f"a page that unpacks to {page[2]} bytes")
        at += thrift.at + page[3]
        counts = page.get(5) or page.get(8)  # data pages; a dictionary has no rows
        _require(counts is None or counts[1] >= 0, "a page of fewer than no values")
        yield counts[1] if counts else 0
    _require(at == chunk.end, "pages that do not fill their column")


def _require(held: bool, otherwise: str) -> None:  # noqa: FBT001 (what is required)
    if not held:
        raise ValueError(otherwise)
