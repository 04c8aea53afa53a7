"""A repository: its history, merges and refs, asked of git.

* What a few objects tell is read from them; git is started for what needs a walk through history, or a real merge.
* Nothing is read by ref name twice: callers resolve a ref once and go on with the commit's id.
* What decides a merge is the same everywhere; nobody's own configuration has a say.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from counterseal.verification.folder import differences
from counterseal.verification.objects import GitError, MissingError, Objects, is_oid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from counterseal.verification.folder import TreeItem

NEAR = 200  # commits that are walked one by one before git is asked
PATIENCE = 300.0  # seconds; a remote that hangs must not hang whoever follows it
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


class Change(NamedTuple):
    """One path that differs between two trees; ``after`` is None where it is gone."""

    path: str
    mode: str
    before: str | None
    after: str | None


class Git(Objects):
    """A repository, bare or not."""

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


def _change(path: str, was: TreeItem | None, now: TreeItem | None) -> Change:
    return Change(path, now.mode if now else "000000", was.oid if was else None, now.oid if now else None)
