"""The repository a command works on: its commits, its root keys, its log, and where each of them came from.

* What the forge has counts: ``origin/main`` where there is a remote, the local branch where there is none.
* Root keys come from ``--roots``, else from the file that git's ``counterseal.roots`` names, else from the repository
  itself; the last prove consistency, not origin, and every report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.trust import Roots, Trust
from counterseal.values.finding import Refused, UsageError, refuse
from counterseal.verification.admit import fold
from counterseal.verification.git import Git
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.report import letterhead
from scripts.repository.sandbox import Sandbox

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.verification.log import Log

ROOTS_SETTING = "counterseal.roots"
EXAMPLE_ROOTS = "docs/example-roots.yaml"
UNPINNED = (
    "The root keys came from this very repository: they prove that it is consistent, not where it came from. "
    "Bring them along from elsewhere with --roots FILE."
)


@dataclass(frozen=True)
class Repository:
    """A repository at the commits that were current when it was opened."""

    git: Git
    remote: str | None
    main: str
    promotions: str | None
    roots: Roots
    pinned: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a report must say about where the root keys came from."""
        return () if self.pinned else (UNPINNED,)

    @property
    def has_log(self) -> bool:
        """Whether order and time come from a log; the shipped example's trust says ``log: none``."""
        return self.promotions is not None or self.trust.spec.log == "required"

    @cached_property
    def trust(self) -> Trust:
        """The trust at main's tip."""
        return trust_at(Tree(self.git, self.main), self.roots)

    def log(self, now: datetime) -> tuple[Log, dict[str, Refused]]:
        """Return the log with the merges that have no record yet, and the merges skipped."""
        if self.promotions is None:
            raise self.no_log()
        recorded = read_log(self.git, self.promotions, self.main, self.roots)
        return fold(self.git, self.roots, recorded, self.main, now)

    def no_log(self) -> Refused:
        """Refuse a repository without the branch promotions: by what it is, with what brings the branch."""
        if self.trust.spec.log == "none":
            mend = "this is the template's example (log: none); `counterseal init` starts a log of your own"
            return refuse("NO_LOG", places.PROMOTIONS, "the branch promotions", "none", mend)
        where, remote = str(self.git.folder), self.remote
        every = f"git remote set-branches {remote} '*'"
        if self.git.is_shallow():
            mend = f"`{every} && git fetch --unshallow {remote}`"
            return refuse("SHALLOW_CLONE", where, "the whole history, of both branches", "its newest end", mend)
        if remote is None:
            mend = "clone the forge; a log has no other source"
            return refuse("NO_LOG", places.PROMOTIONS, "the branch promotions", "none, and no remote", mend)
        followed = self.git.attempt("config", "--get-all", f"remote.{remote}.fetch").stdout.decode()
        if "refs/heads/*" not in followed:
            found = f"a clone of a single branch ({followed.strip() or 'none'})"
            return refuse("SINGLE_BRANCH", where, "main and promotions", found, f"`{every} && git fetch {remote}`")
        return refuse("NO_LOG", places.PROMOTIONS, "the branch promotions", "none", f"`git fetch {remote}`")


def check_whole(git: Git) -> None:
    """Refuse a partial clone that lacks objects: git would ask its remote for each, and none is judged by hearsay."""
    if not git.attempt("config", "--get-regexp", r"^remote\..*\.promisor$").stdout:
        return
    listed = git.run("rev-list", "--objects", "--all", "--missing=print").splitlines()
    if missing := sum(line.startswith("?") for line in listed):
        mend = "`git fetch --refetch --no-filter` brings the rest"
        raise refuse("PARTIAL_CLONE", str(git.folder), "every object", f"{missing} that were left out", mend)


def open_git(folder: Path | None) -> Git:
    """Return the repository around a folder, and head pages with what it is; raise UsageError if there is none."""
    git = _around(folder or Path())
    letterhead.put(sandbox=Sandbox.around(git) is not None)
    return git


def _around(folder: Path) -> Git:
    start = Git(folder)
    if not start.folder.is_dir():
        msg = f"no such folder: {start.folder}"
        raise UsageError(msg)
    found = start.attempt("rev-parse", "--show-toplevel")
    if found.returncode == 0:
        return Git(found.stdout.decode().rstrip("\n"))
    bare = start.attempt("rev-parse", "--absolute-git-dir")
    if bare.returncode:
        msg = f"no Git repository at {start.folder.resolve()}; name one with --repo"
        raise UsageError(msg)
    return Git(bare.stdout.decode().rstrip("\n"))


def open_repository(folder: Path | None, roots: Path | None = None, *, fetch: bool = False) -> Repository:
    """Open a repository; with ``fetch``, ask the remote first, and go on with what is here if it does not answer."""
    git = open_git(folder)
    remote = "origin" if git.attempt("remote", "get-url", "origin").returncode == 0 else None
    if fetch and remote:
        git.attempt("fetch", "--quiet", "--prune", remote)
    main = branch(git, remote, places.MAIN)
    if main is None:
        raise refuse("NO_MAIN", str(git.folder), "a branch main", "none", "run `counterseal init`, or fetch")
    found, pinned = _roots(git, main, roots)
    if found.sandbox:
        letterhead.put(sandbox=True)
    return Repository(git, remote, main, branch(git, remote, places.PROMOTIONS), found, pinned)


def branch(git: Git, remote: str | None, ref: str) -> str | None:
    """Return the commit of a branch as the remote has it, else as it is here."""
    short = ref.removeprefix("refs/heads/")
    there = git.resolve(f"refs/remotes/{remote}/{short}") if remote else None
    return there or git.resolve(ref)


def _roots(git: Git, main: str, named: Path | None) -> tuple[Roots, bool]:
    setting = git.attempt("config", "--get", ROOTS_SETTING).stdout.decode().strip()
    if path := named or (Path(setting) if setting else None):
        try:
            return Roots.read(path.read_bytes(), str(path)), True
        except OSError as error:
            raise refuse("NO_ROOTS", str(path), "a file with root keys", error.strerror) from error
    tree = Tree(git, main)
    if (example := tree.read(EXAMPLE_ROOTS)) is not None:
        return Roots.read(example, EXAMPLE_ROOTS), False
    first = places.trust(1)
    trust, _ = Trust.open(tree.need(first, "run `counterseal init`"), first)
    return trust.roots(), False
