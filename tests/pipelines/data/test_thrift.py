"""Thrift's compact protocol."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.data import thrift
from pipelines.data.thrift import Compact
from tests.pipelines.data import thrift_writer

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FIELD = st.integers(1, 40)


def structs(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(INTEGERS, max_size=20) | st.lists(st.binary(max_size=9), max_size=3) | st.lists(inner, max_size=3)
    return st.dictionaries(FIELD, INTEGERS | st.booleans() | st.binary(max_size=200) | lists | inner, max_size=6)


@given(structs(st.recursive(st.dictionaries(FIELD, INTEGERS, max_size=3), structs, max_leaves=4)))
def test_what_is_written_is_read(value: dict[int, Any]) -> None:
    written = thrift_writer.struct(value)
    reader = Compact(written + b"more")
    assert reader.struct() == value
    assert reader.at == len(written)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_a_value_error(data: bytes) -> None:
    try:
        Compact(data).struct()
    except ValueError:
        return


def test_maps_and_fixed_sizes_are_read() -> None:
    a_map = b"\x1b\x01\x86\x01a\x02"  # field 1: {b"a": 1}
    a_double, a_byte = b"\x17" + b"\0" * 8, b"\x13\x07"
    assert Compact(a_map + b"\x1b\0" + a_double + a_byte + b"\0").struct() == {
        1: [(b"a", 1)],
        2: [],
        3: b"\0" * 8,
        4: b"\x07",
    }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "end too soon"),
        (b"\x16", "end too soon"),
        (b"\x18\x05ab", "end too soon"),
        (b"\x16" + b"\xff" * 11, "more than 64 bits"),
        (b"\x16\x02\x06\x02\x02", "field 1 twice"),
        (b"\x1d\x00", "unknown kind 13"),
        (b"\x1c" * 40, "more than 16 levels"),
        (b"\x19\xf1\xff\xff\xff\xff\x0f", "more than 10000000 values"),
    ],
)
def test_odd_bytes_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Compact(data).struct()


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thrift, "MAX_ITEMS", 3)
    assert Compact(thrift_writer.struct({1: [1, 2], 2: [3]})).struct() == {1: [1, 2], 2: [3]}
    with pytest.raises(ValueError, match="more than 3"):
        Compact(thrift_writer.struct({1: [1, 2], 2: [3, 4]})).struct()
