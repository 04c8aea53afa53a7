"""Parquet, strictly: files of the real writer, and footers that lie about them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from pipelines.data import footer, parquet_file
from pipelines.data.material import Data
from pipelines.data.parquet_file import ParquetFile, pieces
from pipelines.data.thrift import Compact
from tests.pipelines.data import thrift_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 3000
FRAME = pl.DataFrame(
    {
        "id": [f"row {i}" for i in range(ROWS)],
        "n": [None if i % 7 == 0 else i for i in range(ROWS)],
        "x": [i / 8 for i in range(ROWS)],
        "kind": [f"k{i % 3}" for i in range(ROWS)],
    }
)


def parquet(frame: pl.DataFrame = FRAME, **options: Any) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, **{"row_group_size": 1000, **options})
    return target.getvalue()


def read(data: bytes, names: Sequence[str] | None = None) -> pl.DataFrame:
    source = ParquetFile(Data.of(data), "x.parquet")
    return pl.concat(source.frames(names or tuple(source.schema)))


def refused(data: bytes) -> Refused:
    with pytest.raises(Refused) as found:
        read(data)
    return found.value


def forged(change: Callable[[dict[int, Any]], object]) -> bytes:
    """Return the file with another footer: what the real one says, changed."""
    data = parquet(statistics=False)
    size = int.from_bytes(data[-8:-4], "little")
    said = Compact(data[-8 - size : -8]).struct()
    kept = {number: said[number] for number in (1, 2, 3, 4)}
    for element in kept[2]:
        element.pop(10, None)  # a union with an empty struct in it
    for group in kept[4]:
        group.pop(5, None)
    change(kept)
    written = thrift_writer.struct(kept)
    return data[: -8 - size] + written + len(written).to_bytes(4, "little") + footer.MAGIC


@pytest.mark.parametrize("options", [{}, {"compression": "snappy"}, {"row_group_size": 7}, {"data_page_size": 64}])
def test_what_polars_writes_is_read(options: dict[str, Any]) -> None:
    assert read(parquet(**options)).equals(FRAME)
    assert read(parquet(**options), ["x", "id"]).equals(FRAME.select("x", "id"))
    assert ParquetFile(Data.of(parquet(**options)), "x.parquet").place(0) == "x.parquet:1"


def test_a_footer_written_again_is_read() -> None:
    assert read(forged(lambda _: None)).equals(FRAME)


def each(change: Callable[[dict[int, Any]], object]) -> Callable[[dict[int, Any]], object]:
    """Change the description of the second column in the second row group."""
    return lambda said: change(said[4][1][1][1][3])


LIES: dict[str, Callable[[dict[int, Any]], object]] = {
    "more rows": lambda said: said.update({3: ROWS + 1}),
    "fewer rows": lambda said: said.update({3: ROWS - 1000}),
    "a group of fewer rows": lambda said: (said[4][0].update({3: 900}), said.update({3: ROWS - 100})),
    "a group of more rows, as the file": lambda said: (said[4][0].update({3: 1100}), said.update({3: ROWS + 100})),
    "a group less": lambda said: said[4].pop(),
    "no group": lambda said: said.update({4: [], 3: 0}),
    "a negative group": lambda said: (said[4][0].update({3: -1000}), said[4][1].update({3: 3000})),
    "a huge group": lambda said: said[4][0].update({3: 2**40}),
    "more values": each(lambda about: about.update({5: 1001})),
    "more bytes": each(lambda about: about.update({7: about[7] + 10})),
    "fewer bytes": each(lambda about: about.update({7: about[7] - 10})),
    "no bytes": each(lambda about: about.update({7: 0})),
    "bytes outside the file": each(lambda about: about.update({9: 2**40, 11: 2**40})),
    "negative bytes": each(lambda about: about.update({9: -5, 11: -5})),
    "another column's bytes": lambda said: said[4][1][1][1][3].update(
        {key: said[4][1][1][0][3][key] for key in (7, 9, 11) if key in said[4][1][1][0][3]}
    ),
    "a column of another name": each(lambda about: about.update({3: [b"m"]})),
    "a column in another file": lambda said: said[4][1][1][1].update({1: b"/etc/passwd"}),
    "a column less in a group": lambda said: said[4][1][1].pop(),
    "two columns of one name": lambda said: said[2][2].update({4: b"id"}),
    "a column within a column": lambda said: said[2][2].update({5: 1}),
    "a repeated column": lambda said: said[2][2].update({3: 2}),
    "no columns": lambda said: said.update({2: said[2][:1]}),
    "no rows said": lambda said: said.pop(3),
    "text for a number": lambda said: said.update({3: b"3000"}),
    "a name that moves the cursor": lambda said: said[2][2].update({4: b"\x1b[2J"}),
    "a name that is no text": lambda said: said[2][2].update({4: b"\xff"}),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_footer_that_lies_is_refused(lie: Callable[[dict[int, Any]], object]) -> None:
    found = refused(forged(lie))
    assert (found.code, found.findings[0].where) == ("DATA_FOOTER", "x.parquet")


def test_a_page_that_unpacks_to_gigabytes_is_refused() -> None:
    data = forged(lambda _: None)
    start = len(footer.MAGIC)
    page = Compact(data[start:])
    said = page.struct()
    bomb = thrift_writer.struct({number: said[number] for number in (1, 2, 3)} | {2: 2**31 - 1})
    bomb = bomb.ljust(page.at, b"\0")
    assert refused(data[:start] + bomb + data[start + page.at :]).code == "DATA_FOOTER"


@pytest.mark.parametrize(
    "data",
    [b"", b"PAR1", b"PAR1PAR1", b"a,b\n1,2\n", parquet()[:-1], parquet()[4:], parquet()[:-4] + b"PARE"],
    ids=["nothing", "half", "no footer", "CSV", "cut", "headless", "encrypted"],
)
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    assert refused(data).code == "DATA_FOOTER"


def test_an_empty_table_is_refused() -> None:
    assert refused(parquet(FRAME.clear())).code == "DATA_FOOTER"


def test_nested_columns_are_refused() -> None:
    assert refused(parquet(pl.DataFrame({"a": [[1, 2]], "b": [{"c": 1}]}))).code == "DATA_FOOTER"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_pages_are_refused_or_read_as_so_many_rows(data: st.DataObject) -> None:
    whole = bytearray(parquet(compression="uncompressed"))
    size = int.from_bytes(whole[-8:-4], "little")
    place = data.draw(st.integers(4, len(whole) - 9 - size))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        frame = read(bytes(whole))
    except Refused:
        return
    assert (frame.height, frame.schema) == (ROWS, FRAME.schema)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=30))
def test_pieces_are_whole_groups_in_order(groups: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_file, "PIECE", 1000)
        found = list(pieces(groups))
    ends = {sum(groups[:place]) for place in range(len(groups) + 1)}
    assert [start for start, _ in found] == [0, *[start + height for start, height in found[:-1]]]
    assert sum(height for _, height in found) == sum(groups)
    assert all(height <= 1000 and start in ends for start, height in found)
