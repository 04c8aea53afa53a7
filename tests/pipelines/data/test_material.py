"""A private copy of a data file."""

from __future__ import annotations

import gc
import io
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from counterseal.values.finding import Refused
from pipelines.data import material
from pipelines.data.material import Data, content, digest

if TYPE_CHECKING:
    from collections.abc import Callable


class Meddled(io.FileIO):
    """A file that somebody writes to after the first block was read."""

    def __init__(self, path: Path, change: Callable[[Path], object]) -> None:
        super().__init__(path)
        self.path, self.change, self.calls = path, change, 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.calls == 1:
            self.change(self.path)
        self.calls += 1
        return super().read(-1 if size is None else size)


def test_the_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    bytes_ = bytes(range(256)) * 10_000
    (tmp_path / "x").write_bytes(bytes_)
    with (tmp_path / "x").open("rb") as file:
        data = Data.copied(file, "x")
    assert (data.digest, data.size) == (sha256(bytes_).hexdigest(), len(bytes_))
    assert b"".join(data.blocks(1000)) == Path(data.path).read_bytes() == bytes_
    assert data.read(255, 3) == b"\xff\x00\x01"
    assert data == Data.of(bytes_)
    assert hash(data) == hash(Data.of(bytes_))
    assert data != Data.of(b"")


def test_a_change_of_the_file_afterwards_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    with (tmp_path / "x").open("rb") as file:
        data = Data.copied(file, "x")
    (tmp_path / "x").write_bytes(b"after")
    assert data.read(0, 10) == b"before"


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"y" * path.stat().st_size),
        lambda path: path.write_bytes(b"y"),
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
    ],
    ids=["overwritten", "cut", "grown"],
)
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "x").write_bytes(b"x" * 3_000_000)
    with Meddled(tmp_path / "x", lambda _: None) as file:
        assert Data.copied(file, "x").size == 3_000_000
    with Meddled(tmp_path / "x", change) as file, pytest.raises(Refused, match="x: DATA_CHANGED"):
        Data.copied(file, "x")


def test_what_is_too_large_or_finds_no_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "MAX_BYTES", 3)
    assert Data.of(b"abc").size == 3
    with pytest.raises(Refused, match="DATA_TOO_LARGE"):
        Data.of(b"abcd")


def test_a_full_disk_is_a_finding() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(Refused, match=r"DATA_NO_ROOM.*No space left"),
    ):
        material._copy(io.BytesIO(b"abc"), full, "x")


def test_the_copy_goes_with_the_last_who_holds_it() -> None:
    data = Data.of(b"abc")
    path = Path(data.path)
    assert path.read_bytes() == b"abc"
    del data
    gc.collect()
    assert not path.exists()


def beginning(data: Data) -> tuple[str, bytes]:
    return data.digest, data.read(0, 5)


def test_another_process_reads_the_same_copy() -> None:
    data = Data.of(b"hello, world")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(beginning, data).result() == (data.digest, b"hello")
    assert data.read(7, 5) == b"world"


def test_a_data_file_is_no_document() -> None:
    assert digest(b"abc") == digest(Data.of(b"abc")) == sha256(b"abc").hexdigest()
    assert content(b"abc") == b"abc"
    with pytest.raises(TypeError):
        content(Data.of(b"abc"))
