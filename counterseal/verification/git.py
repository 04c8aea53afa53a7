"""The only file that runs git.

* ``GIT_*`` variables of the caller are dropped, but for the quarantine ones inside a hook; replace refs and grafts
  are off.
* Objects are read through one ``git cat-file --batch`` process, many in one breath; trees are kept by id.
* An object that is read is what its id says, or an error.
* What follows from objects alone is worked out once (``remember``): its key names every one of them by id.
* What a few objects tell is read from them; git is started for what needs a walk through history, or a real merge.
* Nothing is read by ref name twice: callers resolve a ref once and go on with the commit's id.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from contextlib import suppress
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias, TypeVar

from counterseal.values.finding import CountersealError
from counterseal.verification.folder import Folder, differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import IO

    from counterseal.verification.folder import TreeItem

T = TypeVar("T")
Key: TypeAlias = "tuple[object, ...]"
MAX_BLOB = 64 * 1024 * 1024
MAX_KNOWN = 256
MAX_SMALL = 20_000  # things of a few hundred bytes that are kept
MAX_HELD = 64 * 1024 * 1024  # bytes of trees
BREATH = 256  # names asked for at once: both they and the pipe's other end stay well below what any pipe holds
NEAR = 200  # commits that are walked one by one before git is asked
PATIENCE = 300.0  # seconds; a remote that hangs must not hang whoever follows it
_HOOK = ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
_SHA1 = 40
_PIECE = 1024 * 1024
_OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
#: What decides a merge is the same everywhere: nobody's own configuration has a say, nor a driver of theirs.
_SETTINGS = {
    "merge.renames": "true",
    "merge.directoryRenames": "conflict",
    "merge.renameLimit": "7000",
    "merge.renormalize": "false",
    "merge.default": "text",
    "core.attributesFile": os.devnull,
    "attr.tree": "..",  # no tree nor branch can be called that: or a bare repository might read HEAD's attributes
}
_PLAIN_MERGE = tuple(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}"))


class GitError(CountersealError):
    """git said no; the message is git's own."""


class MissingError(GitError):
    """An object that is not there, or is of another type."""


class Change(NamedTuple):
    """One path that differs between two trees; ``after`` is None where it is gone."""

    path: str
    mode: str
    before: str | None
    after: str | None


class Git:
    """A repository, bare or not."""

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

    def run(self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None) -> str:
        """Run git and return what it printed, without the newline at the end; raise GitError if it failed."""
        done = self.attempt(*arguments, data=data, environment=environment)
        return self._answered(done, 0).stdout.decode(errors="surrogateescape").rstrip("\n")

    @staticmethod
    def _answered(done: subprocess.CompletedProcess[bytes], highest: int) -> subprocess.CompletedProcess[bytes]:
        """Return what git answered; raise GitError if it ended with more than an answer's exit code."""
        if not 0 <= done.returncode <= highest:
            command = next((part for part in done.args[3:] if part[:1].islower() and "=" not in part), "")
            message = said(done) or f"exit code {done.returncode}"
            msg = f"git {command}: {message}"
            raise GitError(msg)
        return done

    def attempt(
        self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git and return how it went; one that takes longer than ``PATIENCE`` is ended and has failed."""
        command = ["git", "-C", str(self.folder), *arguments]
        try:
            return subprocess.run(
                command,
                input=data if data is not None else b"",
                capture_output=True,
                check=False,
                env={**self.environment, **(environment or {})},
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            said = f"no answer within {PATIENCE:g} seconds".encode()
            return subprocess.CompletedProcess(command, returncode=124, stdout=b"", stderr=said)

    def resolve(self, name: str) -> str | None:
        """Return the commit a ref or revision names; None if there is none."""
        done = self.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def is_shallow(self) -> bool:
        """Say whether history was cut off."""
        return self.run("rev-parse", "--is-shallow-repository") == "true"

    def is_ancestor(self, old: str, new: str) -> bool:
        """Say whether ``old`` is ``new`` or an ancestor of it."""
        near = self._line_since(old, new) is not None
        return near or self.attempt("merge-base", "--is-ancestor", old, new).returncode == 0

    def line(self, tip: str) -> Iterator[str]:
        """Return a commit, its first parent, that one's, and so on, as far as the caller cares."""
        while True:
            yield tip
            if not (parents := self.parents(tip)):
                return
            tip = parents[0]

    def first_parents(self, old: str | None, new: str) -> list[str]:
        """Return the commits after ``old`` up to ``new`` along first parents, oldest first."""
        if old and (near := self._line_since(old, new)) is not None:
            return near
        span = f"{old}..{new}" if old else new
        return self.run("rev-list", "--first-parent", "--reverse", span).split()

    def _line_since(self, old: str, new: str) -> list[str] | None:
        """Return the commits after ``old`` along first parents if it is among the nearest; None if it is not."""
        found: list[str] = []
        with suppress(MissingError):
            for oid in islice(self.line(new), NEAR):
                if oid == old:
                    return found[::-1]
                found.append(oid)
        return None

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

    def commits(self, old: str, new: str, *paths: str) -> list[str]:
        """Return all commits of ``new`` that ``old`` lacks; with ``paths``, those that touch one of them."""
        if not paths and (near := self._since(old, new)) is not None:
            return near
        if not (is_oid(old) and is_oid(new)):
            return self._commits(old, new, *paths)
        return list(self.remember(("commits", old, new, *paths), lambda: self._commits(old, new, *paths)))

    def _commits(self, old: str, new: str, *paths: str) -> list[str]:
        among = ["--full-history", "--", *paths] if paths else []
        return self.run("rev-list", *among[:1], new, f"^{old}", *among[1:]).split()

    def _since(self, old: str, new: str) -> list[str] | None:
        """Return the commits of ``new`` that ``old`` lacks if all lines lead soon to ``old``; None if git must say."""
        found: dict[str, None] = {}
        pending = [new]
        with suppress(MissingError):
            while pending and len(found) <= NEAR:
                oid = pending.pop()
                if oid == old or oid in found:
                    continue
                found[oid] = None
                if not (parents := self.parents(oid)):
                    return None
                pending.extend(parents)
            return None if pending else list(found)
        return None

    def merged_tree(self, one: str, other: str) -> str | None:
        """Return the tree of a clean merge of two commits; None if they conflict.

        Where ``other`` continues ``one``, it is that of ``other``. Else git makes it where no working tree is seen,
        because one with a .gitattributes would have a say in it.
        """
        return self.remember(("merge", one, other), lambda: self._merged_tree(one, other))

    def _merged_tree(self, one: str, other: str) -> str | None:
        if self._since(one, other) is not None:
            return self.root(other)
        done = self.attempt("-C", self.own_folder, *_PLAIN_MERGE, "merge-tree", "--write-tree", one, other)
        tree = self._answered(done, 1 if done.stdout else 0).stdout.decode().split()[0]
        return tree if done.returncode == 0 else None

    def conflicts(self, one: str, other: str) -> list[str]:
        """Return the paths in which two commits conflict, sorted."""
        flags = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z")
        done = self.attempt("-C", self.own_folder, *_PLAIN_MERGE, *flags, one, other)
        return sorted(filter(None, done.stdout.decode(errors="surrogateescape").split("\0")[1:]))

    @cached_property
    def own_folder(self) -> str:
        """Where git keeps what it knows of this repository."""
        return self.run("rev-parse", "--absolute-git-dir")

    def changes(self, old: str, new: str) -> list[Change]:
        """Return what differs between two commits or trees, renames not guessed."""
        return list(self.remember(("changes", old, new), lambda: self._changes(old, new)))

    def _changes(self, old: str, new: str) -> tuple[Change, ...]:
        try:
            lines = sorted(differences(self.tree, self.root(old), self.root(new)))
        except ValueError as error:
            msg = f"{old[:12]} and {new[:12]}: {error}"
            raise GitError(msg) from error
        return tuple(_change(*line) for line in lines)

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

    def write_commit(self, files: Mapping[str, bytes], message: str, parents: Iterable[str], who: str) -> str:
        """Write a commit whose tree is that of its first parent with ``files`` put in; no ref is moved."""
        parents = list(parents)
        index = self.folder / f".counterseal-index-{os.getpid()}"
        identity = {"NAME": who, "EMAIL": f"{who}@localhost"}
        environment = {"GIT_INDEX_FILE": str(index.resolve())}
        environment |= {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in identity.items()}
        try:
            self.run("read-tree", parents[0] if parents else "--empty", environment=environment)
            for path, content in files.items():
                oid = self.run("hash-object", "-w", "--stdin", data=content)
                self.run("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}", environment=environment)
            tree = self.run("write-tree", environment=environment)
            flags = [flag for parent in parents for flag in ("-p", parent)]
            return self.run("commit-tree", tree, *flags, "-m", message, environment=environment)
        finally:
            index.unlink(missing_ok=True)

    def move(self, ref: str, new: str, old: str | None) -> None:
        """Move a ref if it still stands at ``old`` (None: if it does not exist yet)."""
        self.run("update-ref", ref, new, old or "0" * len(new))

    def unlock(self, *refs: str, before: datetime | None = None) -> None:
        """Take away the locks that a killed git left on refs; ``before`` spares younger ones.

        Only whoever nobody else may be moving these refs beside can tell that a lock is nobody's.
        """
        for lock in (Path(self.own_folder, f"{ref}.lock") for ref in refs):
            if lock.exists() and (before is None or lock.stat().st_mtime < before.timestamp()):
                lock.unlink(missing_ok=True)


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what git said went wrong, without its hints."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("hint:"))


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


def _change(path: str, was: TreeItem | None, now: TreeItem | None) -> Change:
    return Change(path, now.mode if now else "000000", was.oid if was else None, now.oid if now else None)


def is_oid(text: str) -> bool:
    """Say whether ``text`` is a full object id."""
    return _OID.fullmatch(text) is not None
