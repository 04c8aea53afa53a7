"""A repository whose new objects lie in memory: the same judges, ten thousand trees, no disk.

Only storage is replaced: objects made here are kept here, all others are read once from the repository below.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from counterseal.verification.git import TREE_MODE, Git, TreeItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    Object = tuple[str, str, bytes]


class Memory(Git):
    """Objects in memory over a repository on disk."""

    def __init__(self, below: Git) -> None:
        """Read what is not made here from ``below``."""
        super().__init__(below.folder)
        self.below = below
        self.objects: dict[str, Object | None] = {}

    def read(self, name: str) -> Object | None:
        """Return an object; ``<commit>^{tree}`` is its tree."""
        oid, _, kind = name.partition("^")
        found = self._own(oid)
        if kind == "{tree}" and found and found[1] == "commit":
            return self._own(found[2].split()[1].decode())
        return found

    def is_shallow(self) -> bool:
        """Say no: nothing was cut off."""
        return False

    def _own(self, oid: str) -> Object | None:
        if oid not in self.objects:
            self.objects[oid] = self.below.read(oid)
        return self.objects[oid]

    def put(self, kind: str, content: bytes) -> str:
        """Keep an object; return its id."""
        oid = hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(content), content), usedforsecurity=False).hexdigest()
        self.objects[oid] = (oid, kind, content)
        return oid

    def commit(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """Make a commit of the tree of ``base`` with some files put in and others taken out."""
        found = self.read(f"{base}^{{tree}}")
        assert found, base
        root = found[0]
        for path, content in files.items():
            root = self._with(root, path.split("/"), None if content is None else self.put("blob", content))
        return self.put("commit", b"tree %s\n\n" % root.encode())

    def _with(self, tree: str, path: list[str], blob: str | None) -> str:
        items = dict(self.tree(tree))
        name, *rest = path
        if rest:
            below = items[name].oid if name in items else self.put("tree", b"")
            items[name] = TreeItem(TREE_MODE, self._with(below, rest, blob))
        elif blob is None:
            items.pop(name, None)
        else:
            items[name] = TreeItem("100644", blob)
        kept = {name: item for name, item in items.items() if item.mode != TREE_MODE or self.tree(item.oid)}
        return self.put("tree", b"".join(map(_line, sorted(kept.items(), key=_as_git_sorts))))


def _line(named: tuple[str, TreeItem]) -> bytes:
    name, item = named
    return f"{item.mode} {name}\0".encode() + bytes.fromhex(item.oid)


def _as_git_sorts(named: tuple[str, TreeItem]) -> str:
    return f"{named[0]}/" if named[1].mode == TREE_MODE else named[0]
