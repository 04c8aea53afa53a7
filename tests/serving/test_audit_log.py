"""The chain goes on: over files, over restarts, over torn lines and over a full disk."""

import errno
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from counterseal.values.finding import Refused
from serving.audit_log import START, AuditLog, segments
from serving.audit_walk import walk
from tests.serving import toy


def open_log(folder: Path, limit: int = 1 << 20, sync_every: float | None = None) -> AuditLog:
    return AuditLog(folder, lambda: toy.NOW, limit=limit, sync_every=sync_every, timer=time.monotonic)


def lines(folder: Path) -> list[bytes]:
    return [line for _, path in segments(folder) for line in path.read_bytes().splitlines(keepends=True)]


def test_every_line_holds_the_digest_of_the_one_before(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    assert log.head == START
    heads = [log.append("predict", rows=number) for number in range(3)]
    written = lines(tmp_path)
    assert [json.loads(line)["n"] for line in written] == [1, 2, 3]
    assert json.loads(written[0])["prev"] == "0" * 64
    assert json.loads(written[2])["prev"] == hashlib.sha256(written[1]).hexdigest() == heads[1].digest


def test_goes_on_in_the_next_file(tmp_path: Path) -> None:
    log = open_log(tmp_path, limit=500)
    for number in range(20):
        log.append("predict", rows=number)
    assert len(segments(tmp_path)) > 3
    assert walk(tmp_path, kept=log.head).findings == ()
    assert walk(tmp_path).head == log.head


def test_goes_on_after_a_restart(tmp_path: Path) -> None:
    first = open_log(tmp_path)
    first.append("predict")
    first.close()
    second = open_log(tmp_path)
    second.append("predict")
    assert second.head.number == 2
    assert walk(tmp_path, kept=second.head).findings == ()


@pytest.mark.parametrize("cut", range(1, 90, 11))
def test_a_torn_line_is_named_by_the_next_file(tmp_path: Path, cut: int) -> None:
    log = open_log(tmp_path)
    log.append("predict", rows=1)
    log.append("predict", rows=2)
    log.close()
    (_, path), *_ = segments(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert walk(tmp_path).torn
    again = open_log(tmp_path)
    again.append("predict", rows=3)
    first = json.loads(segments(tmp_path)[1][1].read_bytes().splitlines()[0])
    assert first["event"] == "resumed"
    assert first["torn"][0]["sha256"] == hashlib.sha256(path.read_bytes().splitlines()[-1]).hexdigest()
    assert walk(tmp_path, kept=again.head).findings == ()
    assert path.read_bytes() == whole[:-cut]


def test_a_long_run_of_zeros_is_a_torn_line(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append("predict")
    log.close()
    with segments(tmp_path)[0][1].open("ab") as file:
        file.write(bytes(1_000_000))
    again = open_log(tmp_path)
    again.append("predict")
    assert again.head.number == 3
    assert walk(tmp_path, kept=again.head).findings == ()


def test_a_file_with_nothing_but_a_torn_line(tmp_path: Path) -> None:
    (tmp_path / "audit-000001.jsonl").write_bytes(b'{"ev')
    log = open_log(tmp_path)
    log.append("predict")
    assert walk(tmp_path, kept=log.head).findings == ()


def test_a_last_line_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit-000001.jsonl").write_bytes(b"rubbish\n")
    with pytest.raises(Refused):
        open_log(tmp_path)


def failing(times: int, real: Callable[[int, bytes], int], keep: int) -> Callable[[int, bytes], int]:
    """Write ``keep`` bytes, then say that the disk is full; after some times, work again."""
    left = [times]

    def write(descriptor: int, data: bytes) -> int:
        if left[0] == 0:
            return real(descriptor, data)
        left[0] -= 1
        if keep:
            real(descriptor, bytes(data)[:keep])
        raise OSError(errno.ENOSPC, "no space left on device")

    return write


@pytest.mark.parametrize("keep", [0, 1, 40])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_full_disk_refuses_and_then_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int, times: int
) -> None:
    log = open_log(tmp_path)
    log.append("predict", rows=1)
    monkeypatch.setattr(os, "write", failing(times, os.write, keep))
    failed = 0
    while True:
        try:
            log.append("predict", rows=2)
            break
        except OSError:
            failed += 1
    assert failed == times
    assert len(segments(tmp_path)) <= (1 if keep == 0 else times + 1)
    assert walk(tmp_path, kept=log.head).findings == ()
    assert json.loads(lines(tmp_path)[-1])["rows"] == 2


def test_a_failing_fsync_refuses_and_then_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = open_log(tmp_path, sync_every=0)
    log.append("predict", rows=1)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="input/output"):
            log.append("predict", rows=2)
    log.append("predict", rows=3)
    assert walk(tmp_path, kept=log.head).findings == ()


def test_syncs_no_more_often_than_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    now = [0.0]
    log = AuditLog(tmp_path, lambda: toy.NOW, limit=1 << 20, sync_every=1.0, timer=lambda: now[0])

    def count(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", count)
    for tenth in range(30):
        now[0] = tenth / 10
        log.append("predict")
    assert len(synced) == 2
