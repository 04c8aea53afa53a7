"""People who type trust commands in a world, at the world's own time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from tests.support import acts

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.world import World

_COMMANDS = ("add", "rotate", "retire", "revoke", "sign", "show")


@dataclass(frozen=True)
class Office:
    """A world, its clock held still, and what its commands print."""

    world: World
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def of(cls, world: World, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Office:
        """Hold the clock of the commands at the world's."""
        for command in _COMMANDS:
            patch.setattr(f"scripts.trust.{command}.now", lambda: world.now)
        patch.chdir(world.folder)
        return cls(world, capsys)

    def tells(self, person: str, *words: str) -> Any:
        """Type a trust command that does what it should; return its report."""
        code = self.world.types(person, "trust", *words, "--format", "json")
        said = self.capsys.readouterr()
        assert code == 0, said.err
        return json.loads(said.out)

    def refuses(self, person: str, *words: str, code: int = 1) -> str:
        """Type a trust command that is refused, or that makes no sense (``code`` 2); return what it says."""
        before = self.world.git.run("for-each-ref")
        assert self.world.types(person, "trust", *words) == code
        assert self.world.git.run("for-each-ref") == before, "a refusal leaves nothing"
        return self.capsys.readouterr().err

    def lands(self, version: int, *signers: str, promoter: Path | None = None) -> None:
        """Have a version signed and merged; ``promoter`` takes the place of the promoter's key."""
        for person in signers:
            self.tells(person, "sign", "--yes")
        self.world.push(places.MAIN, self.world.merge_of(f"trust/{version}", by="mia"))
        if promoter:
            promoter.replace(self.world.keys / "promoter.pem")
        self.world.record()
        assert self.world.trust.spec.version == version

    def id_of(self, person: str) -> str:
        """Return the id of a person's key."""
        return fingerprint(self.world.key(person).public)

    def machine(self, role: str) -> str:
        """Return the id of a machine's key."""
        return keyid(str(self.world.signer(role).public_key.keyval["public"]))

    def new_key(self, name: str) -> Path:
        """Make a person's key; return its path."""
        path = self.world.folder / name
        acts.make_key(path)
        return path

    def new_machine(self, name: str) -> Path:
        """Make a machine's key; return its path."""
        acts.machine_key(self.world, name)
        return self.world.keys / f"{name}.pem"


def rows(report: Any, title: str) -> list[list[str]]:
    """Return a table's rows."""
    return [list(row.values()) for row in report["tables"].get(title, [])]
