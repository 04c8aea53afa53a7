"""Git objects written straight into a repository: thousands of trees that differ by a file, without a process each."""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from counterseal.verification.git import Git

Items = dict[bytes, tuple[bytes, str]]  # name → mode, id

_FOLDER, _FILE = b"40000", b"100644"


class Loose:
    """A repository's objects, and the trees read so far."""

    def __init__(self, git: Git) -> None:
        """Write into ``git``'s own folder of objects."""
        self.git = git
        self.trees: dict[str, Items] = {}

    def put(self, kind: str, content: bytes) -> str:
        """Write an object, unless it is there; return its id."""
        data = b"%s %d\0%s" % (kind.encode(), len(content), content)
        oid = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = self.git.folder / "objects" / oid[:2] / oid[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            written = path.with_name(f"made-{os.getpid()}")
            written.write_bytes(zlib.compress(data, 0))
            written.rename(path)
        return oid

    def commit(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """Write a commit of the tree of ``base`` with some files put in and others taken out; return its id."""
        found = self.git.object(base)
        assert found, base
        tree = found[1].split()[1].decode()
        for path, content in files.items():
            blob = None if content is None else self.put("blob", content)
            tree = self._with(tree, path.encode().split(b"/"), blob)
        return self.put("commit", b"tree %s\nauthor x <x> 0 +0000\ncommitter x <x> 0 +0000\n\n" % tree.encode())

    def _with(self, tree: str, path: list[bytes], blob: str | None) -> str:
        items = dict(self._items(tree))
        name, *rest = path
        if rest:
            below = items[name][1] if name in items else self.put("tree", b"")
            items[name] = (_FOLDER, self._with(below, rest, blob))
        elif blob is None:
            items.pop(name, None)
        else:
            items[name] = (_FILE, blob)
        kept = {name: item for name, item in items.items() if item[0] != _FOLDER or self._items(item[1])}
        made = self.put("tree", b"".join(_line(name, *kept[name]) for name in sorted(kept, key=_sorting(kept))))
        return self._known(made, kept)

    def _known(self, tree: str, items: Items) -> str:
        self.trees[tree] = items
        return tree

    def _items(self, tree: str) -> Items:
        if tree not in self.trees:
            found = self.git.object(tree)
            assert found, tree
            self._known(tree, _parsed(found[1]))
        return self.trees[tree]


def _parsed(content: bytes) -> Items:
    items: Items = {}
    while content:
        head, _, rest = content.partition(b"\0")
        mode, _, name = head.partition(b" ")
        items[name], content = (mode, rest[:20].hex()), rest[20:]
    return items


def _line(name: bytes, mode: bytes, oid: str) -> bytes:
    return b"%s %s\0%s" % (mode, name, bytes.fromhex(oid))


def _sorting(items: Items) -> Callable[[bytes], bytes]:
    """Sort as git does: a folder as if its name ended in a slash."""
    return lambda name: name + b"/" if items[name][0] == _FOLDER else name
