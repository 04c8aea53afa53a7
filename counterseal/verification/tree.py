"""One commit's files: read by path, listed by folder, nothing else mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from counterseal.documents import places
from counterseal.documents.document import Document
from counterseal.documents.rules import Code
from counterseal.values.digest import of_files, sha256
from counterseal.values.finding import refuse
from counterseal.verification.folder import FILE_MODES, TREE_MODE
from counterseal.verification.objects import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.verification.git import Git

D = TypeVar("D", bound=Document)


class Tree:
    """The files of a commit or tree, as Git objects; no checkout is ever looked at."""

    def __init__(self, git: Git, revision: str) -> None:
        """Read from ``revision``, a full object id."""
        self.git = git
        self.revision = revision
        try:
            self.root = git.root(revision)
        except MissingError as error:
            raise refuse("NO_COMMIT", revision[:12], "a commit", "none", "fetch the whole history") from error

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None if there is no such file."""
        oid = self.blob(path)
        found = self.git.object(oid) if oid else None
        return found[1] if found and found[0] == "blob" else None

    def need(self, path: str, mend: str = "") -> bytes:
        """Return a file's bytes; raise Refused if there is no such file."""
        content = self.read(path)
        if content is None:
            raise refuse("MISSING_FILE", path, "a file", "none", mend)
        return content

    def document(self, kind: type[D], path: str) -> D:
        """Return a file as a document, read once for each blob; raise Refused if it is none of this kind."""
        return self.git.remember(("document", kind, self.blob(path), path), lambda: kind.read(self.need(path), path))

    def blob(self, path: str) -> str | None:
        """Return the id of a regular file's blob; None for anything else."""
        item = self._item(path)
        return item[1] if item and item[0] in FILE_MODES else None

    def oid(self, path: str) -> str | None:
        """Return the id of whatever has this path; None if nothing has."""
        item = self._item(path)
        return item[1] if item else None

    def files(self, *prefixes: str) -> dict[str, str]:
        """Return path → blob id of the files named or below the folders named; links and submodules are refused."""
        found: dict[str, str] = {}
        for prefix in prefixes:
            path = prefix.rstrip("/")
            item = self._item(path)
            if item is not None:
                found.update(self._walk(path, *item))
        return dict(sorted(found.items()))

    def contents(self, *prefixes: str) -> dict[str, bytes]:
        """Return path → bytes of the files named or below the folders named."""
        files = self.files(*prefixes)
        found = zip(files, self.git.read_all(list(files.values())), strict=True)
        return {path: item[2] if item and item[1] == "blob" else self.need(path) for path, item in found}

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none if there is no such folder."""
        item = self._item(folder)
        return sorted(self.git.tree(item[1]).names()) if item and item[0] == TREE_MODE else []

    def code(self) -> Code:
        """Return the digests of this tree's own code."""
        return Code(
            counterseal=of_files(self.contents(places.KERNEL)),
            pipelines=of_files(self.contents(places.PIPELINES)),
            lock=sha256(self.need(places.LOCK)),
        )

    def models(self) -> list[str]:
        """Return the models that have a registry entry."""
        return [name for name in self.names("registry") if self.blob(places.entry(name))]

    def _item(self, path: str) -> tuple[str, str] | None:
        mode, oid = TREE_MODE, self.root
        for part in path.split("/"):
            item = self.git.tree(oid).get(part) if mode == TREE_MODE else None
            if item is None:
                return None
            mode, oid = item
        return mode, oid

    def _walk(self, path: str, mode: str, oid: str) -> Iterator[tuple[str, str]]:
        if mode in FILE_MODES:
            yield path, oid
        elif mode == TREE_MODE:
            for name, item in self.git.tree(oid).items():
                yield from self._walk(f"{path}/{name}", item.mode, item.oid)
        else:
            raise refuse("FILE_MODE", path, "a regular file", f"mode {mode}", "no symlinks, no submodules")
