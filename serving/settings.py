"""Everything a server is told when it starts; whoever starts it brings the roots, never the repository."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What to follow, by whose keys, where to keep state, and where to answer."""

    remote: str
    roots: Path
    state: Path
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    ref: str = "main"
    host: str = "127.0.0.1"
    port: int = 8080
    poll: float = 1.0
    min_promotion: int = 0
    min_trust: int = 0
    max_age: float = 48.0  # hours that the promoter's head may be old; 0 looks at no age
    recheck: float = 300.0  # seconds after which an offer is judged from the start again, changed or not
    audit_limit: int = 64 * MIB
    what_if: bool = False  # whether whoever reaches this server may have the models themselves
    sync_every: float | None = 1.0
    timer: Callable[[], float] = time.monotonic

    @property
    def main(self) -> str:
        """The full name of the ref that is followed: a branch, or HEAD of a plain clone."""
        if self.ref == "HEAD":
            return "HEAD"
        name = self.ref.removeprefix("refs/heads/")
        if not _REF.fullmatch(name) or ".." in name or "//" in name or name.endswith(("/", ".lock", ".")):
            msg = f"--ref: expected a branch's name, got {self.ref!r}"
            raise UsageError(msg)
        return f"{places.MAIN.removesuffix('main')}{name}"
