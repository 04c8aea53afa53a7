"""Whatever is changed, removed, added or cut off is found, the end only by who kept a head."""

import hashlib
import time
from pathlib import Path

import pytest

from serving.audit_log import AuditLog, Head, segments
from serving.audit_walk import walk
from tests.serving import toy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = AuditLog(tmp_path, lambda: toy.NOW, limit=600, sync_every=None, timer=time.monotonic)
    for number in range(12):
        log.append("predict", rows=number)
    log.close()
    assert len(segments(tmp_path)) >= 3
    return tmp_path


def codes(folder: Path, kept: Head | None = None) -> set[str]:
    return {finding.code for finding in walk(folder, kept=kept).findings}


def edit(path: Path, old: bytes, new: bytes) -> None:
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))


def test_an_untouched_log_holds(folder: Path) -> None:
    found = walk(folder)
    assert (found.findings, found.torn, found.head.number) == ((), False, 12)


def test_a_changed_line_is_found(folder: Path) -> None:
    edit(segments(folder)[0][1], b'"rows":1,', b'"rows":9,')
    assert codes(folder) == {"AUDIT_CHAIN"}


def test_a_changed_last_line_is_found_by_its_head(folder: Path) -> None:
    kept = walk(folder).head
    edit(segments(folder)[-1][1], b'"rows":11,', b'"rows":10,')
    assert codes(folder) == set()
    assert codes(folder, kept) == {"AUDIT_REWRITTEN"}


@pytest.mark.parametrize("place", [0, 1, 4])
def test_a_removed_line_is_found(folder: Path, place: int) -> None:
    path = segments(folder)[0][1] if place < 3 else segments(folder)[1][1]
    kept = path.read_bytes().splitlines(keepends=True)
    del kept[place % 2]
    path.write_bytes(b"".join(kept))
    assert "AUDIT_CHAIN" in codes(folder)


def test_a_doubled_line_is_found(folder: Path) -> None:
    path = segments(folder)[1][1]
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1])
    assert "AUDIT_CHAIN" in codes(folder)


def test_a_removed_file_is_found(folder: Path) -> None:
    segments(folder)[1][1].unlink()
    assert codes(folder) == {"AUDIT_FILE_GONE", "AUDIT_CHAIN"}


def test_a_log_cut_short_is_found_by_its_head(folder: Path) -> None:
    kept = walk(folder).head
    path = segments(folder)[-1][1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert codes(folder) == set()
    assert codes(folder, kept) == {"AUDIT_TRUNCATED"}


def test_a_removed_beginning_is_found_unless_it_was_archived(folder: Path) -> None:
    first = segments(folder)[0][1]
    number = len(first.read_bytes().splitlines())
    head = Head(number, walk_of(first))
    first.unlink()
    assert "AUDIT_CHAIN" in codes(folder)
    assert walk(folder, after=head).findings == ()


def walk_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().splitlines(keepends=True)[-1]).hexdigest()


@pytest.mark.parametrize("line", [b"rubbish\n", b"[]\n", b'{"n":13}\n', b'{"n":13,"n":13}\n'])
def test_an_added_line_is_found(folder: Path, line: bytes) -> None:
    with segments(folder)[-1][1].open("ab") as file:
        file.write(line)
    assert codes(folder) & {"AUDIT_CHAIN", "JSON_SYNTAX", "JSON_AMBIGUOUS"}


def test_a_fragment_that_no_line_names_is_found(folder: Path) -> None:
    with segments(folder)[0][1].open("ab") as file:
        file.write(b'{"half')
    assert codes(folder) == {"AUDIT_TORN"}


def test_a_fragment_at_the_end_is_told(folder: Path) -> None:
    with segments(folder)[-1][1].open("ab") as file:
        file.write(b'{"half')
    assert walk(folder).torn
