"""The file itself: brought from a path or an fsspec URL, chunk by chunk, fingerprinted on the way.

Its name becomes one that a repository takes. By its ending it is CSV or Parquet; nothing else is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from counterseal.values.finding import UsageError, refuse

if TYPE_CHECKING:
    from typing import BinaryIO

CHUNK = 4 * 1024 * 1024
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet"}


@dataclass(frozen=True)
class Brought:
    """A file of data, here: where it came from, where it lies for now, what it is."""

    url: str
    path: Path
    fingerprint: str
    size: int

    @property
    def file(self) -> str:
        """What it is called in the repository."""
        name = PurePosixPath(self.url.rstrip("/")).name
        return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._-") or "data"

    @property
    def format(self) -> str:
        """Which of the formats it is in."""
        return FORMATS[PurePosixPath(self.url).suffix.lower()]

    @property
    def name(self) -> str:
        """What a dataset from it is called, unless somebody says otherwise."""
        return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(self.file).stem.lower()).strip("-")[:63].strip("-") or "data"


def bring(url: str, folder: Path) -> Brought:
    """Copy a file into a folder; raise Refused if it cannot be read or changes meanwhile."""
    if PurePosixPath(url).suffix.lower() not in FORMATS:
        msg = f"a file that ends in one of {', '.join(FORMATS)}, not {url}"
        raise UsageError(msg)
    path = folder / "data"
    fingerprint, size = _copied(url, path)
    if _copied(url, None) != (fingerprint, size):
        mend = "wait until whoever writes it is done, or copy it first"
        raise refuse("DATA_CHANGES", url, "a file that nobody is changing", "other bytes the second time", mend)
    return Brought(url, path, fingerprint, size)


def _copied(url: str, path: Path | None) -> tuple[str, int]:
    """Read a file, write it to ``path`` if there is one, and return its SHA-256 and its size."""
    import fsspec

    digest, size = sha256(), 0
    try:
        with fsspec.open(url, "rb", expand=False) as source, _sink(path) as sink:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                sink.write(chunk)
                size += len(chunk)
    except FileNotFoundError as error:
        raise refuse("MISSING_FILE", url, "a file", "none") from error
    except (OSError, ValueError, ImportError) as error:
        raise refuse("DATA_UNREADABLE", url, "a file, or a URL that fsspec opens", str(error)[:200]) from error
    return digest.hexdigest(), size


def _sink(path: Path | None) -> BinaryIO:
    return (path or Path("/dev/null")).open("wb")
