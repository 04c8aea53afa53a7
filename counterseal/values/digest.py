"""SHA-256 and nothing else: of bytes, of sets of files, of canonical JSON.

Every digest here can be made again with ``sha256sum``:

* a file's digest is ``sha256sum < FILE``;
* a folder's digest is ``sha256sum`` over the lines ``<digest>  <path>`` of its files, sorted by path;
* only paths that are safe (``names.is_safe_path``) have a digest: ``sha256sum`` escapes others, and one with a line
  feed in it could stand for two;
* a run's digest is ``sha256sum`` over its parts' digests, a line each.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from counterseal.values.finding import refuse
from counterseal.values.names import is_safe_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PATTERN = r"^[0-9a-f]{64}$"
Sha256 = Annotated[str, StringConstraints(pattern=PATTERN)]
GitOid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def of_files(files: Mapping[str, bytes]) -> str:
    """Return the digest of a set of files: path → content."""
    return of_digests({path: sha256(content) for path, content in files.items()})


def of_digests(digests: Mapping[str, str]) -> str:
    """Return the digest of a set of files: path → digest of its content; raise Refused at an unsafe path."""
    if (odd := next((path for path in digests if not is_safe_path(path)), None)) is not None:
        raise refuse("PATH_CHARACTERS", ascii(odd)[:120], "a path of ASCII letters, digits, dots and dashes", "others")
    ordered = sorted(digests.items(), key=lambda item: item[0].encode())
    return sha256("".join(f"{digest}  {path}\n" for path, digest in ordered).encode())


def of_parts(parts: Iterable[str]) -> str:
    """Return the digest of several digests, a line each, in the order given."""
    return sha256("".join(f"{part}\n" for part in parts).encode())


def is_sha256(text: str) -> bool:
    """Say whether ``text`` is a SHA-256 in the one spelling used here."""
    return re.fullmatch(PATTERN[1:-1], text) is not None
