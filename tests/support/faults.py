"""Death at a chosen step: what a process does last before it is killed.

A step is what others could see: a file put in its place or removed, a ref, a setting, the index or a remote changed.
Dying before step n+1 is dying after step n, so trying every n covers both sides of each.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterseal.verification.git import Git

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    import pytest

_CHANGES = {"add", "branch", "checkout", "commit", "config", "merge", "push", "remote", "reset", "rm", "switch"}
_CHANGES |= {"symbolic-ref", "update-ref"}
_SCRATCH = "counterseal-"  # in the name of every folder that is nobody else's to see


class Died(BaseException):
    """The process was killed here."""


class Steps:
    """Counts the steps taken, and dies before the one chosen."""

    def __init__(self, last: int) -> None:
        self.taken: list[str] = []
        self.last = last

    def take(self, name: str) -> None:
        if len(self.taken) == self.last:
            raise Died(name)
        self.taken.append(name)


def dying_after(steps: int, patch: pytest.MonkeyPatch) -> Steps:
    """Make this process die after so many steps, until the patch is undone."""
    counter = Steps(steps)
    attempt = Git.attempt

    def counted(git: Git, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        words = [word for place, word in enumerate(arguments) if word != "-c" and arguments[place - 1] != "-c"]
        reads = bool({"--get", "--quiet"} & set(words)) and words[0] in ("config", "symbolic-ref")
        if words and words[0] in _CHANGES and not reads and _SCRATCH not in str(git.folder):
            counter.take(f"git {words[0]}")
        return attempt(git, *arguments, **options)

    patch.setattr(Git, "attempt", counted)
    for name in ("replace", "rename", "unlink", "rmdir"):
        patch.setattr(Path, name, _counted(counter, name, getattr(Path, name)))
    return counter


def each_death(patch: pytest.MonkeyPatch, attempt: Callable[[], object]) -> Iterator[int]:
    """Run ``attempt`` again and again, each time dying one step later; yield after each death, end when it lives."""
    for steps in range(200):
        with patch.context() as here:
            dying_after(steps, here)
            try:
                attempt()
            except Died:
                pass
            else:
                return
        yield steps


def _counted(counter: Steps, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def act(self: Path, *arguments: Any, **options: Any) -> Any:
        if _SCRATCH not in str(self.parent) or name != "unlink":
            counter.take(name)
        return real(self, *arguments, **options)

    return act
