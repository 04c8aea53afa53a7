"""A sandbox's folder: a forge, a clone to work in, and keys that everybody has.

* In its clone git's ``counterseal.sandbox`` names the folder, so that a command finds a persona's key by name
  (``--as bob``), a machine's without being told, and the forge a server follows.
* The setting opens no door: what a key counts for, the trust says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from counterseal.verification.git import Git

SETTING = "counterseal.sandbox"


@dataclass(frozen=True)
class Sandbox:
    """Where everything of a sandbox lies."""

    folder: Path

    @classmethod
    def around(cls, git: Git) -> Sandbox | None:
        """Return the sandbox whose clone this is; None in any other repository."""
        named = git.attempt("config", "--get", SETTING).stdout.decode().rstrip("\n")
        return cls(Path(named)) if named else None

    @property
    def forge(self) -> Path:
        """The bare repository with gate and promoter."""
        return self.folder / "forge.git"

    @property
    def work(self) -> Path:
        """The clone that all personas work in."""
        return self.folder / "work"

    @property
    def keys(self) -> Path:
        """Everybody's keys, and roots.yaml."""
        return self.folder / "keys"

    @property
    def roots(self) -> Path:
        """What its server is given."""
        return self.keys / "roots.yaml"

    @property
    def server(self) -> Path:
        """Where its server keeps its state."""
        return self.folder / "server"

    def person(self, name: str) -> Path:
        """Return the key file of a persona; raise Refused if there is none of that name."""
        people = sorted(path.stem for path in self.keys.glob("*.pub"))
        if name not in people:
            raise refuse(
                "NO_PERSONA", str(self.folder), f"one of {', '.join(people)}", name, "name one, or a key's file"
            )
        return self.keys / name

    def machine(self, role: str) -> Path:
        """Return the key file of a machine."""
        return self.keys / f"{role}.pem"


def machine_key(git: Git, role: str, named: Path | None) -> Path | None:
    """Return where a machine's key lies: where somebody says, else in the sandbox whose clone this is."""
    sandbox = None if named else Sandbox.around(git)
    return sandbox.machine(role) if sandbox else named


def email(name: str) -> str:
    """Return the address under which a persona commits."""
    return f"{name}@sandbox.example"
