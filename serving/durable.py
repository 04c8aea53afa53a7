"""Writes that a crash leaves either undone or done.

In order: a new file beside the old one; all of its bytes; fsync; rename over the old one; fsync of the folder.
Whatever fails raises OSError; the old content then still stands, or the new one already does, never a mixture.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


def replace(path: Path, data: bytes) -> None:
    """Make ``data`` the content of ``path``."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, _NEW, 0o600)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; a short write goes on where it stopped."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in ``folder`` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
