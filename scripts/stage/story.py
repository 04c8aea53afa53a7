"""A story told by real commands: numbered chapters, who types what, and what it really prints.

A command that ends otherwise than the story says is the story's end: it raises ``BrokenStoryError``, and nothing is
told as if it had worked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.report import screen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAM = (sys.executable, "-I", "-m", "counterseal")
PATIENCE = 180.0
_INDENT = "     "


class BrokenStoryError(Exception):
    """A command did not do what the story says."""


@dataclass(frozen=True)
class Actor:
    """Someone with a clone, a home and a key of their own."""

    name: str
    folder: Path
    environment: Mapping[str, str]


@dataclass
class Story:
    """Tells as it goes, on standard output."""

    number: int = 0
    coloured: bool = field(default_factory=lambda: screen.coloured(sys.stdout))

    def chapter(self, title: str, *says: str) -> None:
        """Begin the next chapter."""
        self.number += 1
        print(f"\n{self._bold(f'{self.number:>2}. {title}')}")  # noqa: T201 (telling is what this is for)
        for text in says:
            self.say(text)

    def say(self, text: str) -> None:
        """Tell something in between."""
        print(f"    {text}", flush=True)  # noqa: T201

    def counterseal(self, who: Actor, *words: str, ends: int = 0, shows: int = 40) -> str:
        """Let someone run this program; return what it printed."""
        return self.run(who, PROGRAM, ("counterseal", *words), words, ends, shows)

    def git(self, who: Actor, *words: str, ends: int = 0, shows: int = 40) -> str:
        """Let someone run git; return what it printed."""
        return self.run(who, ("git",), ("git", *words), words, ends, shows)

    def run(
        self, who: Actor, program: tuple[str, ...], told: tuple[str, ...], words: tuple[str, ...], ends: int, shows: int
    ) -> str:
        """Run a program as someone and show what it prints; raise BrokenStoryError if it ends otherwise."""
        print(self._dim(f"    {who.name} $ {' '.join(map(_quoted, told))}"), flush=True)  # noqa: T201
        done = subprocess.run(
            [*program, *words],
            cwd=who.folder,
            env={**_inherited(), **who.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if self._shows_progress(words) else subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self._show(done.stdout, shows)
        if done.returncode != ends:
            msg = f"{who.name}: {' '.join(told)} ended with {done.returncode}, the story says {ends}\n{done.stdout}"
            raise BrokenStoryError(msg)
        return done.stdout

    def refused(self, who: Actor, code: str, *words: str, git: bool = False) -> None:
        """Let someone try what must be refused, by its name."""
        said = (self.git if git else self.counterseal)(who, *words, ends=1, shows=-6)
        if code not in said:
            msg = f"{who.name}: {' '.join(words)} was refused, but not as {code}:\n{said}"
            raise BrokenStoryError(msg)
        self.say(self._bold(f"refused, as it must be: {code}"))

    def _shows_progress(self, words: tuple[str, ...]) -> bool:
        return words[:1] == ("run",) and sys.stderr.isatty()

    def _show(self, text: str, most: int) -> None:
        """Print what a command printed: its first lines, or its last ones if ``most`` is negative."""
        lines = text.rstrip().splitlines()
        left = len(lines) - abs(most)
        if left <= 0:
            shown = lines
        else:
            mark = self._dim(f"… {left} lines more")
            shown = [*lines[:most], mark] if most > 0 else [mark, *lines[most:]]
        for line in shown:
            print(f"{_INDENT}{line}".rstrip())  # noqa: T201

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.coloured else text

    def _dim(self, text: str) -> str:
        return f"\033[2m{text}\033[0m" if self.coloured else text


def _inherited() -> dict[str, str]:
    """Return the environment without what would mix in the keys and settings of whoever tells the story."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "COUNTERSEAL_")) and name not in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "HOME")
    }


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word
