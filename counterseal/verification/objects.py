"""A repository's objects: read as they are, believed by nobody's word.

* ``GIT_*`` variables of the caller are dropped, but for the quarantine ones inside a hook; replace refs, grafts and the
  commit graph are off.
* Objects are read through one ``git cat-file --batch`` process, many in one breath; trees are kept by id.
* An object that is read is what its id says, or an error; one that is too large is none.
* What follows from objects alone is worked out once (``remember``): its key names every one of them by id.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from counterseal.values.finding import CountersealError
from counterseal.verification.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import IO

T = TypeVar("T")
Key: TypeAlias = "tuple[object, ...]"
MAX_BLOB = 64 * 1024 * 1024
MAX_KNOWN = 256
MAX_SMALL = 20_000  # things of a few hundred bytes that are kept
MAX_HELD = 64 * 1024 * 1024  # bytes of trees
BREATH = 256  # names asked for at once: both they and the pipe's other end stay well below what any pipe holds
_HOOK = ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
_SHA1 = 40
_PIECE = 1024 * 1024
_OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class GitError(CountersealError):
    """git said no; the message is git's own."""


class MissingError(GitError):
    """An object that is not there, or is of another type."""


class Objects:
    """The objects of a repository, bare or not."""

    def __init__(self, folder: Path | str, *, hook: bool = False) -> None:
        """Use the repository at ``folder``; ``hook`` keeps the quarantine that receive-pack set up."""
        self._batch: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, Folder] = {}
        self._held = 0
        self._known: dict[object, dict[Key, Any]] = {}
        self.folder = Path(folder)
        dropped = {name for name in os.environ if name.startswith("GIT_") and not (hook and name in _HOOK)}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        safe = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        safe |= {"GIT_ATTR_NOSYSTEM": "1"}
        # what a repository knows of its commits besides the commits themselves is nobody's word
        safe |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.commitGraph", "GIT_CONFIG_VALUE_0": "false"}
        self.environment = kept | safe

    def __enter__(self) -> Self:
        """Return itself; leaving ends the reading process."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the reading process."""
        self.close()

    def __del__(self) -> None:
        """End the reading process of a repository that nobody closed."""
        self.close()

    def close(self) -> None:
        """End the reading process; the next read starts another."""
        if self._batch is not None:
            self._batch.communicate()
            self._batch = None

    def object(self, name: str) -> tuple[str, bytes] | None:
        """Return (type, content) of an object; None if it is missing or larger than ``MAX_BLOB``."""
        found = self.read(name)
        return (found[1], found[2]) if found else None

    def read(self, name: str) -> tuple[str, str, bytes] | None:
        """Return (id, type, content) of an object; None if it is missing or larger than ``MAX_BLOB``."""
        return None if "\n" in name else self.read_all([name])[0]

    def read_all(self, names: Sequence[str]) -> list[tuple[str, str, bytes] | None]:
        """Return what ``read`` does for each name, none of which has a line feed, asking for many at once."""
        try:
            parts = (names[start : start + BREATH] for start in range(0, len(names), BREATH))
            return [answer for part in parts for answer in self._ask(part)]
        except OSError as error:
            self.close()
            msg = f"git cat-file: {error}"
            raise GitError(msg) from error
        except BaseException:
            self.close()  # or the rest of this answer would be taken for the next one
            raise

    def _ask(self, names: Sequence[str]) -> Iterator[tuple[str, str, bytes] | None]:
        batch = self._reader()
        if batch.stdin is None or batch.stdout is None:
            raise GitError(_NO_PIPE)
        batch.stdin.write("".join(f"{name}\n" for name in names).encode())
        batch.stdin.flush()
        for _ in names:
            yield _answer(batch.stdout)

    def root(self, revision: str) -> str:
        """Return the id of a commit's tree; raise MissingError if there is none. A ref is not remembered."""
        if not is_oid(revision):
            return self._root(revision)
        return self.remember(("root", revision), lambda: self._root(revision), MAX_SMALL)

    def _root(self, revision: str) -> str:
        found = self.read(revision if is_oid(revision) else f"{revision}^{{}}")
        if found is not None and found[1] == "commit":
            return found[2].partition(b"\n")[0].removeprefix(b"tree ").decode()
        if found is None or found[1] != "tree":
            msg = f"no commit or tree {revision[:12]}"
            raise MissingError(msg)
        return found[0]

    def tree(self, oid: str) -> Folder:
        """Return a tree object, given its id; raise MissingError if there is none."""
        if oid not in self._trees:
            found = self.object(oid)
            if found is None or found[0] != "tree":
                msg = f"no tree {oid[:12]}"
                raise MissingError(msg)
            self._hold(oid, found[1])
        return self._trees[oid]

    def _hold(self, oid: str, content: bytes) -> None:
        self._held += len(content)
        if self._held > MAX_HELD:
            self._trees, self._held = {}, len(content)
        try:
            self._trees[oid] = Folder(content, len(oid) // 2)
        except ValueError as error:
            msg = f"tree {oid[:12]} {error}"
            raise GitError(msg) from error

    def remember(self, key: Key, make: Callable[[], T], most: int = MAX_KNOWN) -> T:
        """Return what was made for this key, or make it; what raises is not kept. A key begins with its kind."""
        known = self._known.setdefault(key[0], {})
        if key not in known:
            made = make()
            while len(known) >= most:
                known.pop(next(iter(known)))
            known[key] = made
        return known[key]  # type: ignore[no-any-return]

    def _reader(self) -> subprocess.Popen[bytes]:
        if self._batch is not None and self._batch.poll() is not None:
            self.close()
        if self._batch is None:
            self._batch = subprocess.Popen(
                ["git", "-C", str(self.folder), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.environment,
            )
        return self._batch

    def parents(self, oid: str) -> tuple[str, ...]:
        """Return the parents of a commit, given its id; raise MissingError if there is none."""
        return self.remember(("parents", oid), lambda: self._parents(oid), MAX_SMALL)

    def _parents(self, oid: str) -> tuple[str, ...]:
        found = self.object(oid) if is_oid(oid) else None
        if found is None or found[0] != "commit":
            msg = f"no commit {oid[:12]}"
            raise MissingError(msg)
        head = found[1].partition(b"\n\n")[0].split(b"\n")
        return tuple(line[7:].decode() for line in takewhile(lambda line: line.startswith(b"parent "), head[1:]))


_NO_PIPE = "git cat-file gave no pipe to read from"
_CUT_OFF = "git cat-file ended in the middle of an answer"


def _answer(stdout: IO[bytes]) -> tuple[str, str, bytes] | None:
    answer = stdout.readline()
    header = answer.split()
    if answer and (len(header) != 3 or not header[2].isdigit()):  # noqa: PLR2004 (oid, type, size)
        return None
    size = int(header[2]) if answer else 0
    if size > MAX_BLOB:
        _pass_over(stdout, size + 1)
        return None
    content = stdout.read(size + 1) if answer else b""
    if not content or len(content) != size + 1:
        raise GitError(_CUT_OFF)
    oid, kind = header[0].decode(), header[1].decode()
    _check_name(oid, kind, content[:-1])
    return oid, kind, content[:-1]


def _pass_over(stdout: IO[bytes], size: int) -> None:
    """Read what is too large to be held, a piece at a time."""
    while size:
        piece = stdout.read(min(size, _PIECE))
        if not piece:
            raise GitError(_CUT_OFF)
        size -= len(piece)


def _check_name(oid: str, kind: str, content: bytes) -> None:
    """Raise GitError unless an object is what its id says: git reads a loose one without looking."""
    digest = hashlib.sha1 if len(oid) == _SHA1 else hashlib.sha256
    if digest(b"%s %d\0%s" % (kind.encode(), len(content), content)).hexdigest() != oid:
        msg = f"object {oid[:12]} is not what its name says; the repository is damaged, or was tampered with"
        raise GitError(msg)


def is_oid(text: str) -> bool:
    """Say whether ``text`` is a full object id."""
    return _OID.fullmatch(text) is not None
