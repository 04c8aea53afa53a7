"""One folder as git stores it: its lines, parsed whole and at once, turned into text only where somebody asks.

A folder may hold ten thousand models of which a change touches one: ``differences`` looks into nothing that two trees
have in common, and gives up after ``MAX_CHANGES`` paths: a tree can hold another many times over, and so on.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TREE_MODE, FILE_MODES = "40000", ("100644", "100755")
MAX_CHANGES = 500_000
_LINES = {width: re.compile(rb"([0-7]+) ([^\0/]+)\0(.{%d})" % width, re.DOTALL) for width in (20, 32)}


class TreeItem(NamedTuple):
    """One line of a tree."""

    mode: str
    oid: str


class Folder:
    """The lines of a tree object, by name."""

    def __init__(self, content: bytes = b"", width: int = 20) -> None:
        """Parse a tree whose ids have ``width`` bytes; raise ValueError unless it is lines with different names."""
        lines = _LINES[width].findall(content)
        if sum(map(len, chain.from_iterable(lines))) + 2 * len(lines) != len(content):
            msg = "is not made of lines"
            raise ValueError(msg)
        self._lines = {name: (mode, oid) for mode, name, oid in lines}
        if len(self._lines) != len(lines):
            msg = "names a file twice"
            raise ValueError(msg)

    def get(self, name: str) -> TreeItem | None:
        """Return the line of a name; None if there is none."""
        return _item(self._lines.get(name.encode(errors="surrogateescape")))

    def names(self) -> list[str]:
        """Return all names, in git's order."""
        return [name.decode(errors="surrogateescape") for name in self._lines]

    def items(self) -> Iterator[tuple[str, TreeItem]]:
        """Return name and line of everything in the folder."""
        for name in self.names():
            if item := self.get(name):
                yield name, item

    def against(self, other: Folder) -> Iterator[tuple[str, TreeItem | None, TreeItem | None]]:
        """Return name, line here and line there of whatever differs between two folders."""
        for name in {name for name, _ in self._lines.items() ^ other._lines.items()}:
            yield (
                name.decode(errors="surrogateescape"),
                _item(self._lines.get(name)),
                _item(other._lines.get(name)),
            )


def _item(line: tuple[bytes, bytes] | None) -> TreeItem | None:
    return TreeItem(line[0].decode(), line[1].hex()) if line else None


Line: TypeAlias = "tuple[str, TreeItem | None, TreeItem | None]"


def differences(read: Callable[[str], Folder], before: str, after: str) -> Iterator[Line]:
    """Return path, line before and line after of every file that differs between two trees, given their ids."""
    pending: list[Line] = [("", TreeItem(TREE_MODE, before), TreeItem(TREE_MODE, after))]
    left = MAX_CHANGES
    while pending:
        path, was, now = pending.pop()
        here, there = (read(item.oid) if item else Folder() for item in (was, now))
        for name, *lines in here.against(there):
            if not (left := left - 1):
                msg = f"more than {MAX_CHANGES} paths differ"
                raise ValueError(msg)
            was, now = (item if item and item.mode == TREE_MODE else None for item in lines)
            if was or now:
                pending.append((f"{path}{name}/", was, now))
            was, now = (item if item and item.mode != TREE_MODE else None for item in lines)
            if was or now:
                yield f"{path}{name}", was, now
