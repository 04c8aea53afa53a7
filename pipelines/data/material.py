"""The bytes of a data file as nobody else can change them, and their SHA-256.

* A file is copied once and hashed on the way, and only the copy is parsed: the bytes fingerprinted are the bytes
  parsed, however long that takes and whatever becomes of the file meanwhile.
* A file that changes while it is copied is refused (DATA_CHANGED).
* The copy lies on disk, so that its size is nobody's memory, and has no name: it goes with the last who holds it, even
  if the process is killed.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from multiprocessing.reduction import DupFd, ForkingPickler
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    class _Sent(Protocol):
        """A descriptor on its way to another process."""

        def detach(self) -> int:
            """Return it there."""


MAX_BYTES = 64 * 1024**3
_AT_ONCE = 1024**2


@dataclass(frozen=True)
class Data:
    """A private copy of a file: its SHA-256, its size in bytes, and the descriptor it is read by."""

    digest: str
    size: int = field(compare=False)
    descriptor: int = field(compare=False, repr=False)

    def __post_init__(self) -> None:
        """Let the copy go with this value."""
        weakref.finalize(self, os.close, self.descriptor)

    @classmethod
    def of(cls, content: bytes) -> Data:
        """Return bytes that are at hand already."""
        return cls.copied(BytesIO(content), "data")

    @classmethod
    def copied(cls, source: BinaryIO, where: str) -> Data:
        """Copy a file from where it stands; raise Refused (DATA_*) if it changes meanwhile or finds no room."""
        before = _state(source)
        with TemporaryFile(buffering=0) as copy:
            digest, size = _copy(source, copy, where)
            if before is not None and (_state(source) != before or size != before[0]):
                mend = "let whatever writes it finish, and run again"
                raise refuse("DATA_CHANGED", where, "a file that stays the same while it is read", "another", mend)
            return cls(digest, size, os.dup(copy.fileno()))

    @property
    def path(self) -> str:
        """Where libraries that want a path find the copy; it leads nowhere once this value is gone."""
        return f"/dev/fd/{self.descriptor}"

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield all bytes in order, so many at once."""
        yield from (self.read(start, size) for start in range(0, self.size, size))

    def read(self, start: int, size: int) -> bytes:
        """Return so many bytes from a place, fewer at the end."""
        return os.pread(self.descriptor, size, start)


#: What a step takes: a document or a small data file as bytes, or a data file of any size.
Material: TypeAlias = bytes | Data


def _copy(source: BinaryIO, copy: BinaryIO, where: str) -> tuple[str, int]:
    hashed, size = sha256(), 0
    while block := source.read(_AT_ONCE):
        hashed.update(block)
        size += len(block)
        if size > MAX_BYTES:
            raise refuse("DATA_TOO_LARGE", where, f"at most {MAX_BYTES} bytes", "more")
        try:
            copy.write(block)
        except OSError as error:
            mend = "make room, or let TMPDIR name a folder with room"
            raise refuse("DATA_NO_ROOM", where, "room for a private copy", error.strerror or "none", mend) from error
    return hashed.hexdigest(), size


def _state(source: BinaryIO) -> tuple[int, int, int] | None:
    """Return size and times of an open file; None if it is none of this machine's."""
    try:
        about = os.fstat(source.fileno())
    except (AttributeError, OSError):
        return None
    return (about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def digest(material: Material) -> str:
    """Return the SHA-256 of a material."""
    return material.digest if isinstance(material, Data) else sha256(material).hexdigest()


def content(material: Material) -> bytes:
    """Return the bytes of a document; a data file may be larger than memory and is a TypeError."""
    if isinstance(material, Data):
        msg = "a document, not a data file"
        raise TypeError(msg)
    return material


def _sent(data: Data) -> tuple[Callable[[str, int, _Sent], Data], tuple[object, ...]]:
    return _received, (data.digest, data.size, DupFd(data.descriptor))


def _received(digest: str, size: int, descriptor: _Sent) -> Data:
    return Data(digest, size, descriptor.detach())


ForkingPickler.register(Data, _sent)  # another process gets the copy, not its bytes
