"""An exported folder and the keys that signed it: what an attacker who holds one of them can do to it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.crypto import dsse
from counterseal.documents.layout import open_link
from counterseal.values import strict_json
from scripts.signing.keys import load_private
from scripts.upstream import in_toto
from scripts.upstream.signing import public_pem, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from in_toto.models.link import Link

    from tests.support.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Folder:
    """An export, to tamper with."""

    path: Path
    world: World

    @property
    def in_toto(self) -> Path:
        """Where in-toto's command is run."""
        return self.path / "in-toto"

    @property
    def root(self) -> Path:
        """The layout of this run."""
        return self.in_toto / in_toto.LAYOUT

    @property
    def artifacts(self) -> Path:
        """Where the artifacts lie, below the name of the run."""
        return next(item for item in self.in_toto.iterdir() if item.is_dir())

    @property
    def run(self) -> str:
        """The run."""
        return self.artifacts.name

    @property
    def ci(self) -> tuple[str, ...]:
        """CI's keys, as our own checks want them."""
        return self.world.trust.machine_keys("ci")

    def link(self, step: str) -> Path:
        """Return where a step's link is."""
        return self.in_toto / f"{step}.{dsse.keyid(self.ci[0])[:8]}.link"

    def opened(self, step: str) -> Link:
        """Open a link as our own check does."""
        return open_link(self.link(step).read_bytes(), self.ci, f"{step}.link", step)

    def resign(self, step: str, change: Callable[[Json], object], role: str = "ci") -> None:
        """Change what a link says, and sign it with a machine's key."""
        value = payload(self.link(step))
        change(value)
        self.put(self.link(step), strict_json.canonical(value), role)

    def put(self, path: Path, content: bytes, role: str = "ci") -> None:
        """Write a payload, signed with a machine's key."""
        path.write_bytes(strict_json.pretty(dsse.sign(content, dsse.STATEMENT, self.world.signer(role))))

    def relayout(self, change: Callable[[Json], object]) -> None:
        """Change the layout of this run, and sign it with the layout key."""
        value = payload(self.root)
        change(value)
        key = load_private("layout", self.world.keys / "layout.pem")
        keyid = in_toto.own_keyid(public_pem(key))
        self.root.write_bytes(strict_json.pretty(sign(strict_json.canonical(value), key, keyid)))

    def layout(self, change: Callable[[Json], object] = bool) -> Json:
        """Return the committed layout with the same change, as our own check reads it."""
        value = payload(self.in_toto / in_toto.SIGNED)
        change(value)
        return value


def payload(path: Path) -> Json:
    """Return what an envelope holds."""
    return dict(json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"])))


def flip(path: Path, at: int = 0) -> None:
    """Change one byte of a file; an empty one has one then."""
    data = bytearray(path.read_bytes() or bytes(1))
    data[at] ^= 1
    path.write_bytes(bytes(data))


def step_of(layout: Json, name: str) -> Json:
    """Return a step of a layout."""
    return next(step for step in layout["steps"] if step["name"] == name)
