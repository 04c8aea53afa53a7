"""Commits made as objects: no checkout is touched, no ref moves until the caller moves it.

* A change is path → bytes, or None for what goes; the tree is that of the first parent with the change applied.
* A person's commit is signed by git with the person's key; a machine's is not, what it brings is signed inside.
* A ref moves by compare-and-swap: two runs at once cannot lose each other's work, and a run that died is repeated.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.verification.objects import GitError
from scripts.repository.sandbox import Sandbox, email

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from counterseal.verification.git import Git
    from scripts.signing.keys import SshKey

_GONE = "0" * 40


@dataclass(frozen=True)
class Committer:
    """Who commits, and with which key; machines have none."""

    name: str
    email: str
    key: SshKey | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What tells git who commits."""
        return {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", self.name), ("EMAIL", self.email))
        }


def committer(git: Git, key: SshKey, name: str) -> Committer:
    """Return whoever git is configured for, called ``name`` where it is not; in a sandbox, the persona."""
    if Sandbox.around(git):
        return Committer(name, email(name), key)
    found = {what: git.attempt("config", "--get", f"user.{what}").stdout.decode().strip() for what in ("name", "email")}
    return Committer(found["name"] or name, found["email"] or f"{name}@localhost", key)


def write_tree(git: Git, base: str | None, files: Mapping[str, bytes | None]) -> str:
    """Write the tree of ``base`` with some files put in and others taken out."""
    lines = []
    for path, content in files.items():
        oid = None if content is None else git.run("hash-object", "-w", "--stdin", data=content)
        lines.append(f"{'100644' if oid else '0'} {oid or _GONE}\t{path}\n")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", base or "--empty", environment=environment)
        git.run("update-index", "--index-info", data="".join(lines).encode(), environment=environment)
        return git.run("write-tree", environment=environment)


def write_commit(git: Git, tree: str, parents: Sequence[str], message: str, who: Committer) -> str:
    """Write a commit, signed if whoever commits has a key."""
    flags = [flag for parent in parents for flag in ("-p", parent)]
    signing = who.key.git_flags if who.key else ()
    flags += ["-S"] if who.key else ["--no-gpg-sign"]
    return git.run(*signing, "commit-tree", tree, *flags, "-F", "-", data=message.encode(), environment=who.environment)


def push(git: Git, remote: str | None, commit: str, ref: str, old: str | None) -> str:
    """Move a branch, at the remote if there is one, if it still stands at ``old``; return what the remote said.

    Raises GitError if the remote refuses or somebody was faster.
    """
    if remote is None:
        git.move(ref, commit, old)
        return ""
    lease = f"--force-with-lease={ref}:{old or ''}"
    done = git.attempt("push", "--porcelain", lease, remote, f"{commit}:{ref}")
    said = "\n".join(_said(done.stderr.decode(errors="replace")))
    if done.returncode:
        raise GitError(said or done.stdout.decode(errors="replace").strip())
    short = ref.removeprefix("refs/heads/")
    git.attempt("update-ref", f"refs/remotes/{remote}/{short}", commit)
    return said


def _said(text: str) -> list[str]:
    """Return what the remote's hooks printed."""
    return [line.removeprefix("remote:").strip() for line in text.splitlines() if line.startswith("remote:")]


def publish(git: Git, remote: str | None, branch: str, commit: str) -> str:
    """Move a proposal's branch to a commit that continues it, at the remote and here; return what the remote said."""
    ref = f"refs/heads/{branch}"
    here = git.resolve(ref)
    if remote is None:
        _advance(git, branch, here, commit)
        return ""
    said = push(git, remote, commit, ref, git.resolve(f"refs/remotes/{remote}/{branch}"))
    if here and git.is_ancestor(here, commit):
        _advance(git, branch, here, commit)
    return said


def _advance(git: Git, branch: str, here: str | None, commit: str) -> None:
    """Move a local branch forward, and the working tree with it if it is checked out."""
    if git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode().strip() == branch and here:
        git.run("merge", "--ff-only", "--quiet", commit)
    else:
        git.move(f"refs/heads/{branch}", commit, here)
