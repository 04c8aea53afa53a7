"""CSV, strictly and in pieces."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from pipelines.data import csv_file
from pipelines.data.csv_file import CsvFile
from pipelines.data.findings import MAX_FINDINGS
from pipelines.data.material import Data

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=12
) | st.sampled_from(['"', ",", '","', '""', "=1+1", " x "])
TABLES = st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1))


def read(data: bytes, names: Sequence[str] | None = None) -> pl.DataFrame:
    source = CsvFile(Data.of(data), "x.csv")
    return pl.concat(source.frames(names or source.header))


def refused(data: bytes) -> Refused:
    with pytest.raises(Refused) as found:
        read(data)
    return found.value


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.integers(1, 60))
def test_what_is_written_is_read_back_in_pieces_of_any_size(rows: list[list[str]], end: str, size: int) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    target = io.StringIO()
    csv.writer(target, lineterminator=end).writerows([header, *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "BLOCK", size)
        frame = read(target.getvalue().encode())
    assert frame.columns == header
    assert [list(row) for row in frame.rows()] == rows


@given(st.binary(max_size=200) | st.text('ab,"\r\n\x00é', max_size=40).map(str.encode))
def test_any_bytes_are_refused_or_read_as_the_standard_library_reads_them(data: bytes) -> None:
    try:
        frame = read(data)
    except Refused:
        return
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    assert frame.columns == header
    assert [list(row) for row in frame.rows()] == rows


@pytest.mark.parametrize(
    ("text", "rows"), [("a,b\n1,2\n", 1), ("a,b\r\n1,2\r\n3,4", 2), ('a,b\n"b, c","x ""y"""\n', 1)]
)
def test_plain_files_are_read(text: str, rows: int) -> None:
    assert read(text.encode()).height == rows


def test_columns_are_chosen_by_name_and_in_order() -> None:
    assert read(b"column_2,b,c\n1,2,3\n", ["c", "column_2"]).rows(named=True) == [{"c": "3", "column_2": "1"}]


DOUBTFUL = [
    (b"", "DATA_EMPTY", "x.csv"),
    (b" \r\n\n", "DATA_EMPTY", "x.csv"),
    (b"a,b\n", "DATA_EMPTY", "x.csv"),
    (b"a,b", "DATA_EMPTY", "x.csv"),
    (b"\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
    (b"a,a\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
    (b"a,\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
    (b'a,"b\n1,2\n', "DATA_QUOTES", "x.csv:1"),
    (b'a,b"c\n1,2\n', "DATA_QUOTES", "x.csv:1"),
    (b"a,b\n1,2\n1,2,3\n", "RAGGED_ROW", "x.csv:3"),
    (b"a,b\n1\n", "RAGGED_ROW", "x.csv:2"),
    (b"a,b\n1,2\n\n3,4\n", "RAGGED_ROW", "x.csv:3"),
    (b"a,b\n1,2\n\n", "RAGGED_ROW", "x.csv:3"),
    (b"a\n1\n\n3\n", "RAGGED_ROW", "x.csv:3"),
    (b'a,b\n"1,2"\n', "RAGGED_ROW", "x.csv:2"),
    (b"a,b\n1,2\n1,\xff\n", "DATA_NOT_UTF8", "x.csv:3"),
    ("a,b\n1,2\n1,é\n".encode("latin-1"), "DATA_NOT_UTF8", "x.csv:3"),
    ("a,b\n1,2\n".encode("utf-16"), "DATA_CONTROL_CHARACTER", "x.csv:1"),
    (b"\xef\xbb\xbfa,b\n1,2\n", "DATA_BYTE_ORDER_MARK", "x.csv:1"),
    (b"a,b\n1,2\n\xef\xbb\xbf1,2\n", "DATA_BYTE_ORDER_MARK", "x.csv:3"),
    (b"a,b\n1,2\n1,\x00\n", "DATA_CONTROL_CHARACTER", "x.csv:3"),
    (b"a,b\r1,2\r", "DATA_CONTROL_CHARACTER", "x.csv:1"),
    (b'a,b\n1,"2\n3,4"\n', "DATA_QUOTES", "x.csv:2"),
    (b'a,b\n1,x"y\n', "DATA_QUOTES", "x.csv:2"),
    (b'a,b\n1,"x"y\n', "DATA_QUOTES", "x.csv:2"),
    (b"a,b\n1," + b"x" * 2_000_000 + b"\n", "DATA_TOO_LARGE", "x.csv:2"),
    (b"a,b\n1," + b"x" * 9_000_000, "DATA_TOO_LARGE", "x.csv"),
    (b"a" * 20_000_000, "DATA_TOO_LARGE", "x.csv"),
    (b",".join(b"%d" % i for i in range(2001)), "DATA_TOO_LARGE", "x.csv:1"),
]


@pytest.mark.parametrize(("data", "code", "where"), DOUBTFUL, ids=[f"{row[1]}-{i}" for i, row in enumerate(DOUBTFUL)])
def test_doubtful_files_are_refused_with_their_line(data: bytes, code: str, where: str) -> None:
    found = refused(data)
    assert (found.code, found.findings[0].where) == (code, where)


def test_a_line_is_counted_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", 16)
    lines = [b"a,b", *[b"%d,%d" % (i, i) for i in range(100)]]
    for bad, code in [(b"x", "RAGGED_ROW"), (b"\xff,1", "DATA_NOT_UTF8"), (b"1,\x07", "DATA_CONTROL_CHARACTER")]:
        found = refused(b"\n".join([*lines[:70], bad, *lines[71:]]))
        assert (found.code, found.findings[0].where) == (code, "x.csv:71")


def test_more_rows_than_can_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_ROWS", 2)
    assert read(b"a\n1\n2\n").height == 2
    assert refused(b"a\n1\n2\n3\n").code == "DATA_TOO_LARGE"


def test_of_many_problems_the_first_are_told() -> None:
    assert len(refused(b"a,b\n" + b"1\n" * 1000).findings) == MAX_FINDINGS
