"""A part of an export: the files one upstream tool reads, and what the README says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.upstream.promotion import MachineKey


@dataclass(frozen=True)
class Part:
    """Files by path, a section of README.md, the keys that section speaks of, and what had to be left out."""

    files: Mapping[str, bytes]
    section: str
    keys: tuple[MachineKey, ...] = ()
    left_out: tuple[str, ...] = field(default=())
