"""CSV from bytes, strictly."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from pipelines import reading

CELL = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)


@given(st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1)))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    target = io.StringIO()
    csv.writer(target).writerows([header, *rows])
    sheet = reading.read(target.getvalue().encode(), "x.csv")
    assert sheet.header == tuple(header)
    assert [list(row) for row in zip(*sheet.columns.values(), strict=True)] == rows


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        sheet = reading.read(data, "x.csv")
    except Refused:
        return
    assert sheet.rows >= 1
    assert {len(cells) for cells in sheet.columns.values()} == {sheet.rows}


@pytest.mark.parametrize(("text", "rows"), [("a,b\n1,2\n", 1), ("a,b\r\n1,2\r\n3,4", 2), ('a,"b, c"\n"x ""y""",\n', 1)])
def test_plain_files_are_read(text: str, rows: int) -> None:
    assert reading.read(text.encode(), "x.csv").rows == rows


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (b"", "DATA_EMPTY", "x.csv"),
        (b" \r\n\n", "DATA_EMPTY", "x.csv"),
        (b"a,b\n", "DATA_EMPTY", "x.csv"),
        (b"\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
        (b"a,a\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
        (b"a,\n1,2\n", "HEADER_MISMATCH", "x.csv:1"),
        (b"a,b\n1,2\n1,2,3\n", "RAGGED_ROW", "x.csv:3"),
        (b"a,b\n1\n", "RAGGED_ROW", "x.csv:2"),
        (b"a,b\n1,2\n\n3,4\n", "RAGGED_ROW", "x.csv:3"),
        (b"a,b\n1,2\n\n", "RAGGED_ROW", "x.csv:3"),
        (b"a,b\n1,2\n1,\xff\n", "DATA_NOT_UTF8", "x.csv:3"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "DATA_BYTE_ORDER_MARK", "x.csv:1"),
        (b"a,b\n1,2\n1,\x00\n", "DATA_CONTROL_CHARACTER", "x.csv:3"),
        (b"a,b\r1,2\r", "DATA_CONTROL_CHARACTER", "x.csv:1"),
        (b'a,b\n1,"2\n3,4"\n', "DATA_QUOTES", "x.csv:2"),
        (b'a,b\n1,x"y\n', "DATA_QUOTES", "x.csv:2"),
        (b'a,b\n1,"x"y\n', "DATA_QUOTES", "x.csv:2"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "DATA_SYNTAX", "x.csv:2"),
    ],
)
def test_doubtful_files_are_refused_with_their_line(data: bytes, code: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.read(data, "x.csv")
    assert (refused.value.code, refused.value.findings[0].where) == (code, where)


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    assert reading.read(b"a\n1\n2\n", "x.csv").rows == 2
    with pytest.raises(Refused, match=r"DATA_TOO_LARGE.*at most 2 rows, found 3"):
        reading.read(b"a\n1\n2\n3\n", "x.csv")
    monkeypatch.setattr(reading, "MAX_COLUMNS", 1)
    with pytest.raises(Refused, match=r"DATA_TOO_LARGE.*at most 1 columns"):
        reading.read(b"a,b\n1,2\n", "x.csv")
    monkeypatch.setattr(reading, "MAX_BYTES", 3)
    with pytest.raises(Refused, match=r"DATA_TOO_LARGE.*at most 3 bytes"):
        reading.read(b"a\n1\n", "x.csv")


def test_of_many_problems_the_first_are_told() -> None:
    with pytest.raises(Refused) as refused:
        reading.read(b"a,b\n" + b"1\n" * 1000, "x.csv")
    assert len(refused.value.findings) == reading.MAX_FINDINGS
