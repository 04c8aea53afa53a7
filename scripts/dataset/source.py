"""The file itself: brought from a path or an fsspec URL as a private copy, hashed on the way.

Its name becomes one that a repository takes. By its ending it is CSV or Parquet; nothing else is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from counterseal.values.finding import UsageError, refuse
from pipelines.data.material import Data

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 8 * 1024 * 1024
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet"}


@dataclass(frozen=True)
class Brought:
    """A file of data: where it came from, and a copy of its bytes."""

    url: str
    data: Data

    @property
    def file(self) -> str:
        """What it is called in the repository."""
        name = PurePosixPath(self.url).name
        return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._-") or "data"

    @property
    def format(self) -> str:
        """Which of the formats it is in."""
        return FORMATS[PurePosixPath(self.url).suffix.lower()]

    @property
    def name(self) -> str:
        """What a dataset from it is called, unless somebody says otherwise."""
        return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(self.file).stem.lower()).strip("-")[:63].strip("-") or "data"

    def put(self, path: Path) -> None:
        """Write the very bytes that were read."""
        path.unlink(missing_ok=True)  # a link is replaced, not followed
        with path.open("xb") as file:
            for block in self.data.blocks(BLOCK):
                file.write(block)


def bring(url: str) -> Brought:
    """Copy a file; raise Refused if it cannot be read or changes meanwhile."""
    import fsspec

    if PurePosixPath(url).suffix.lower() not in FORMATS:
        msg = f"a file that ends in one of {', '.join(FORMATS)}, not {url}"
        raise UsageError(msg)
    try:
        with fsspec.open(url, "rb", expand=False) as source:
            return Brought(url, Data.copied(source, url))
    except FileNotFoundError as error:
        raise refuse("MISSING_FILE", url, "a file", "none") from error
    except (OSError, ValueError, ImportError) as error:
        raise refuse("DATA_UNREADABLE", url, "a file, or a URL that fsspec opens", str(error)[:200]) from error
