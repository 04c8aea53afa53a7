"""One step ahead."""

from __future__ import annotations

from contextlib import closing
from threading import get_ident
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.data.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.lists(st.integers() | st.none(), max_size=9))
def test_everything_comes_in_order(items: list[int | None]) -> None:
    assert list(ahead(items)) == items


def test_what_is_raised_there_is_raised_here_and_in_its_turn() -> None:
    def items() -> Iterator[int]:
        yield get_ident()
        msg = "second"
        raise ValueError(msg)

    coming = ahead(items())
    assert next(coming) != get_ident()
    with pytest.raises(ValueError, match="second"):
        next(coming)


def test_whoever_stops_early_waits_for_no_more_than_one() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            yield i

    with closing(ahead(items())) as coming:
        next(coming)
    assert len(made) <= 2
