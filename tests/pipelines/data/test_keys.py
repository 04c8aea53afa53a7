"""Whether a key names each row once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.data import keys
from pipelines.data.findings import MAX_FINDINGS
from pipelines.data.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = st.sampled_from(["a", "b", "ab", "", "c", "d", "é"])
ROWS = st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=60)


def pieces(rows: Sequence[tuple[str, int]], size: int) -> list[pl.DataFrame]:
    frame = pl.DataFrame(rows, schema={"v0": pl.String, "v1": pl.Int64}, orient="row").with_row_index("row")
    return [*frame.cast({"row": pl.Int64}).iter_slices(size)]


def repeated(rows: Sequence[tuple[str, int]], names: list[str], size: int) -> tuple[int, list[int]]:
    with closing(Keys(names)) as seen:
        for piece in pieces(rows, size):
            seen.add(piece)
        return seen.repeated(lambda: pieces(rows, size))


def by_hand(rows: Sequence[tuple[str, int]], names: list[str]) -> list[int]:
    keys = [tuple(row[int(name[1])] for name in names) for row in rows]
    return [place for place, key in enumerate(keys) if key in keys[:place]]


@given(ROWS, st.sampled_from([["v0"], ["v1"], ["v0", "v1"], ["v1", "v0"]]), st.integers(1, 9), st.integers(1, 9))
def test_every_row_with_an_earlier_key_is_counted(
    rows: list[tuple[str, int]], names: list[str], size: int, at_once: int
) -> None:
    later = by_hand(rows, names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "RANGE", at_once)
        assert repeated(rows, names, size) == (len(later), later[:MAX_FINDINGS])


@given(ROWS, st.integers(1, 9), st.integers(1, 5))
def test_keys_that_share_a_hash_stay_different_keys(rows: list[tuple[str, int]], size: int, different: int) -> None:
    later = by_hand(rows, ["v0"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "RANGE", 4)
        hashes = Keys._hashes
        patch.setattr(Keys, "_hashes", lambda self, piece: hashes(self, piece) % different)
        assert repeated(rows, ["v0"], size) == (len(later), later[:MAX_FINDINGS])


def test_different_keys_are_read_once() -> None:
    rows = [(f"{i}", 0) for i in range(1000)]
    with closing(Keys(["v0"])) as seen:
        for piece in pieces(rows, 100):
            seen.add(piece)
        assert seen.repeated(lambda: pytest.fail("read again")) == (0, [])


def test_without_a_key_nothing_is_repeated() -> None:
    assert repeated([("a", 1), ("a", 1)], [], 1) == (0, [])
