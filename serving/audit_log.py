"""Everything that happened, one JSON line each, every line holding the digest of the one before it.

* ``prev`` is the SHA-256 of the previous line with its newline: ``sed -n Np FILE | sha256sum`` checks a link by hand.
* A line is written in one call before its answer is sent: a line may tell of an answer that never left, but no answer
  leaves without its line. If writing fails the caller must refuse.
* Past ``limit`` bytes the chain goes on in the next file; nothing here ever deletes or shortens one.
* After a torn write the chain goes on in a new file, whose first line names the fragments that were left behind.
* Feature values never stand in it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from counterseal.values import instant, strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from serving import durable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

MAX_LINE = 64 * 1024
RESUMED = "resumed"
_SEGMENT = re.compile(r"audit-([0-9]{6,})\.jsonl")
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class Head(NamedTuple):
    """The number of a line and its digest: whoever keeps one can tell later that lines up to it are gone or changed."""

    number: int
    digest: str


START = Head(0, "0" * 64)


class Tail(NamedTuple):
    """How a log ends: its last whole line, what torn writes left behind it, and which file the next line goes into."""

    head: Head
    next: int
    torn: list[dict[str, object]]


class AuditLog:
    """The log's writer; one process at a time holds it."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime],
        *,
        limit: int,
        sync_every: float | None,
        timer: Callable[[], float],
    ) -> None:
        """Go on with the log in ``folder``; fsync every ``sync_every`` seconds at most (None: never)."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._clock, self._timer = folder, clock, timer
        self._limit, self._sync_every, self._synced = limit, sync_every, timer()
        self._file: int | None = None
        self._index, self._size = 0, 0
        self.head = START
        self._resume()

    def append(self, event: str, **fields: object) -> Head:
        """Write one line and return the new head; OSError means that the line may not be there."""
        try:
            if self._file is None:
                self._resume()
            self._write({"event": event, **fields})
            self._sync()
        except OSError:
            self.close()
            raise
        return self.head

    def close(self) -> None:
        """Close the file; the next line opens it again and looks at how it ends."""
        descriptor, self._file = self._file, None
        if descriptor is not None:
            os.close(descriptor)

    def _write(self, fields: dict[str, object]) -> None:
        if self._size >= self._limit:
            self._open(self._index + 1)
        number = self.head.number + 1
        facts = {"n": number, "prev": self.head.digest, "time": instant.render(self._clock())}
        line = strict_json.canonical({**fields, **facts}) + b"\n"
        durable.write_all(self._descriptor(), line)
        self._size += len(line)
        self.head = Head(number, sha256(line))

    def _sync(self) -> None:
        if self._sync_every is not None and self._timer() - self._synced >= self._sync_every:
            os.fsync(self._descriptor())
            self._synced = self._timer()

    def _resume(self) -> None:
        tail = read_tail(self._folder)
        self.head = tail.head
        self._open(tail.next)
        if tail.torn:
            self._write({"event": RESUMED, "torn": tail.torn})

    def _open(self, index: int) -> None:
        path = self._folder / f"audit-{index:06d}.jsonl"
        self.close()
        self._file = os.open(path, _APPEND, 0o600)
        self._index, self._size = index, os.fstat(self._file).st_size
        durable.sync_folder(self._folder)

    def _descriptor(self) -> int:
        if self._file is None:
            msg = "the audit log is closed"
            raise OSError(msg)
        return self._file


def segments(folder: Path) -> list[tuple[int, Path]]:
    """Return the log's files by index."""
    named = [(_SEGMENT.fullmatch(path.name), path) for path in folder.iterdir()]
    return sorted((int(match[1]), path) for match, path in named if match)


def read_tail(folder: Path) -> Tail:
    """Read how the log ends; raise Refused if its last whole line is no line of a log."""
    files = segments(folder)
    head, torn = START, list[dict[str, object]]()
    for index, path in reversed(files):
        line, rest = _last_line(path)
        if rest:
            torn.insert(0, torn_piece(index, rest))
        if line is not None:
            head = head_of(line, str(path))
            break
    last, used = (files[-1][0], files[-1][1].stat().st_size > 0) if files else (1, False)
    return Tail(head, last + 1 if torn and used else last, torn)


def torn_piece(index: int, fragment: bytes) -> dict[str, object]:
    """Return how a line names a fragment at the end of file ``index``."""
    return {"file": index, "bytes": len(fragment), "sha256": sha256(fragment)}


def head_of(line: bytes, where: str) -> Head:
    """Return the head that a whole line makes."""
    value = strict_json.loads(line, where, limit=MAX_LINE)
    if not isinstance(value, dict) or not isinstance(value.get("n"), int):
        raise refuse("AUDIT_LOG_BROKEN", where, "a line of an audit log", "something else", _MEND)
    return Head(value["n"], sha256(line))


_MEND = "move the audit folder aside for whoever investigates; a new log starts in an empty one"


def _last_line(path: Path) -> tuple[bytes | None, bytes]:
    """Return a file's last whole line, if it has one, and what follows it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        reach = 2 * MAX_LINE
        while True:  # a power cut may leave a long run of zeros, so one look at the end need not be enough
            file.seek(max(0, size - reach))
            *whole, rest = file.read().split(b"\n")
            if len(whole) > 1 or reach >= size:
                return (whole[-1] + b"\n" if whole else None), rest
            reach *= 8
