"""A write is done or undone, wherever it fails."""

import errno
import os
from pathlib import Path

import pytest

from serving import durable


def test_replaces_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    durable.replace(path, b"one")
    durable.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["mark"]


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:3]))
    durable.replace(tmp_path / "mark", b"more than three bytes")
    assert (tmp_path / "mark").read_bytes() == b"more than three bytes"


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_failure_before_the_rename_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "mark"
    durable.replace(path, b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="no space"):
        durable.replace(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"


def test_a_failure_after_the_rename_leaves_the_new_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mark"
    durable.replace(path, b"old")
    real, calls = os.fsync, []

    def fail_for_the_folder(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EIO, "input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_for_the_folder)
    with pytest.raises(OSError, match="input/output"):
        durable.replace(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    (tmp_path / ".mark.new").symlink_to(outside)
    with pytest.raises(OSError, match=r"symbolic|ELOOP|Too many"):
        durable.replace(tmp_path / "mark", b"new")
    assert outside.read_bytes() == b"precious"
