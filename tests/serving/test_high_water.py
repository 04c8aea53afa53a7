"""The mark round-trips; a broken one, or another log's, is never taken for none."""

from datetime import timedelta
from pathlib import Path

import pytest

from counterseal.values.finding import Refused
from serving import high_water
from serving.high_water import FILE, HighWater
from tests.serving import toy


@pytest.fixture
def mark() -> HighWater:
    return HighWater.of(toy.snapshot(toy.served(2, 7)), toy.LOG_ID, toy.NOW)


def test_round_trip(tmp_path: Path, mark: HighWater) -> None:
    mark.write(tmp_path)
    assert high_water.read(tmp_path, toy.LOG_ID) == mark
    assert (mark.number, mark.trust, mark.floor) == (7, 1, toy.NOW)


def test_none_yet(tmp_path: Path) -> None:
    assert high_water.read(tmp_path, toy.LOG_ID) is None


def test_another_logs_is_refused(tmp_path: Path, mark: HighWater) -> None:
    mark.write(tmp_path)
    with pytest.raises(Refused) as caught:
        high_water.read(tmp_path, "f" * 32)
    assert caught.value.code == "HIGH_WATER_LOG"


@pytest.mark.parametrize("content", [b"", b"{}", b"{", b'{"number": -1}', b"\xff", b"[]", b"null"])
def test_a_broken_one_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Refused):
        high_water.read(tmp_path, toy.LOG_ID)


def test_one_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(Refused) as caught:
        high_water.read(tmp_path, toy.LOG_ID)
    assert caught.value.code == "HIGH_WATER_UNREADABLE"


def test_an_unknown_field_is_refused(tmp_path: Path, mark: HighWater) -> None:
    mark.write(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes().replace(b'"trust"', b'"thrust"'))
    with pytest.raises(Refused):
        high_water.read(tmp_path, toy.LOG_ID)


def test_marks_that_differ_in_time_only_differ(mark: HighWater) -> None:
    later = HighWater.of(toy.snapshot(toy.served(2, 7)), toy.LOG_ID, toy.NOW + timedelta(hours=1))
    assert later != mark
