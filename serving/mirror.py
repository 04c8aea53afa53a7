"""Our own copy of a remote repository: fetched into quarantine refs, from which nothing is believed yet.

* ``look`` asks the remote for its tips, which costs no download; ``fetch`` gets them, into refs/quarantine/ only.
* The live refs are moved by ``keep``, one after the other, and only after somebody has judged the tips.
* Git checks every object it takes in, runs no hook and keeps no FETCH_HEAD.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from counterseal.documents import places
from counterseal.values.finding import UsageError, refuse
from counterseal.verification.git import Git
from counterseal.verification.objects import is_oid

QUARANTINE = "refs/quarantine/"
_SAFE = ("-c", "transfer.fsckObjects=true", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_PATIENCE = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=20")
_FLAGS = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
_SHA256_LENGTH = 64


class Tips(NamedTuple):
    """The commits that the two branches stand at; None where there is no log."""

    main: str
    promotions: str | None


class Mirror:
    """A bare repository that follows one remote."""

    def __init__(self, folder: Path, remote: str, main: str) -> None:
        """Keep the mirror of ``remote`` in ``folder``, which is this process's alone; ``main`` is the ref to follow."""
        if remote.startswith("-") or not remote.isprintable() or not remote:
            msg = f"expected the path or URL of a repository, got {remote!r}"
            raise UsageError(msg)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for lock in folder.rglob("*.lock"):
            lock.unlink()  # of a git that was killed: there is one server to a state folder
        self.git = Git(folder)
        self.remote = str(Path(remote).resolve()) if Path(remote).exists() else remote
        self._names = {"main": main, "promotions": places.PROMOTIONS}

    def look(self) -> Tips:
        """Ask the remote where its branches stand; GitError if it does not answer."""
        listed = self._git("ls-remote", "--quiet", self.remote, *self._names.values())
        found = {name: oid for oid, _, name in (line.partition("\t") for line in listed.splitlines()) if is_oid(oid)}
        main = found.get(self._names["main"])
        if main is None:
            mend = "is this the right repository, and the right --ref?"
            raise refuse("REF_MISSING", self.remote, f"the branch {self._names['main']}", "none", mend)
        return Tips(main, found.get(self._names["promotions"]))

    def fetch(self, tips: Tips) -> Tips:
        """Fetch the branches that were seen, and return where they stand by now."""
        self._start("sha256" if len(tips.main) == _SHA256_LENGTH else "sha1")
        branches = ["main"] + ["promotions"] * (tips.promotions is not None)
        # Only a tree without a log may come from a shallow clone; a log is judged on its whole history.
        shallow = ["--update-shallow"] * (tips.promotions is None)
        wanted = [f"+{self._names[name]}:{QUARANTINE}{name}" for name in branches]
        self._git("fetch", *_FLAGS, *shallow, self.remote, *wanted)
        found = {name: self.git.resolve(QUARANTINE + name) for name in branches}
        if not found["main"]:
            raise refuse("REF_MISSING", self.remote, "a commit", "something else")
        return Tips(found["main"], found.get("promotions"))

    def has(self, tips: Tips) -> bool:
        """Say whether the commits are here already."""
        return (self.git.folder / "HEAD").is_file() and all(oid is None or self.git.resolve(oid) == oid for oid in tips)

    def keep(self, tips: Tips) -> None:
        """Move the live refs to tips that hold, so that git never prunes what is served."""
        for name, oid in zip((places.MAIN, places.PROMOTIONS), tips, strict=True):
            if oid is not None and (before := self.git.resolve(name)) != oid:
                self.git.move(name, oid, before)

    def close(self) -> None:
        """End the process that reads objects."""
        self.git.close()

    def _start(self, form: str) -> None:
        if not (self.git.folder / "HEAD").is_file():
            self._git("init", "--bare", "--quiet", "--template=", f"--object-format={form}", ".")

    def _git(self, *arguments: str) -> str:
        # Before there is a mirror, git must not take a repository further up for it.
        here = {"GIT_CEILING_DIRECTORIES": str(self.git.folder.resolve().parent)}
        return self.git.run(*_SAFE, *_PATIENCE, *arguments, environment=here)
