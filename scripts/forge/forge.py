"""The local forge: a bare repository whose hooks are the gate and the promoter.

* ``pre-receive`` judges each push before it lands, ``post-receive`` records what was admitted; both run isolated, from
  where this program is installed, never from the repository they judge.
* What they need to know (root keys, the promoter's key) is named in ``counterseal.json`` beside the refs, which no push
  reaches.
* Anyone who may write the folder can go round the hooks: give it a user of its own and reach it by ssh. Servers and
  auditors verify everything again.
"""

from __future__ import annotations

import json
import shlex
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.trust import Roots
from counterseal.values.finding import refuse
from counterseal.verification.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterable

_IF_MAIN = f"""\
moved=
while read -r _ _ ref; do if [ "$ref" = {places.MAIN} ]; then moved=yes; fi; done
[ -n "$moved" ] || exit 0
"""
SETTINGS = "counterseal.json"
ROOTS = "roots.yaml"
_HOOKS = {"pre-receive": ("gate", ""), "post-receive": ("promote", _IF_MAIN)}
_CONFIG = {
    "core.hooksPath": "hooks",  # or a person's own setting would switch the gate off
    "receive.fsckObjects": "true",
    "receive.advertisePushOptions": "false",
    "gc.auto": "0",  # nothing that a record names may be pruned while a push is judged
    "counterseal.forge": "true",
}


@dataclass(frozen=True)
class Settings:
    """What the hooks need to know; paths are seen from the forge's folder."""

    roots: str
    promoter: str

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Read a forge's settings; raise Refused if there are none."""
        where = folder / SETTINGS
        try:
            return cls(**json.loads(where.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise refuse("FORGE_SETTINGS", str(where), "a forge's settings", error, "run `counterseal init`") from error

    def write(self, folder: Path) -> None:
        """Write a forge's settings."""
        (folder / SETTINGS).write_text(json.dumps(asdict(self), indent=1) + "\n")


def create(folder: Path, source: Git, refs: Iterable[str], roots: Roots, promoter: Path) -> None:
    """Make a forge in an empty folder; ``promoter`` is the key's path, seen from that folder."""
    forge = Git(folder)
    forge.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={places.MAIN.removeprefix('refs/heads/')}")
    for name, value in _CONFIG.items():
        forge.run("config", name, value)
    specs = [f"{ref}:{ref}" for ref in refs]
    forge.run("fetch", "--quiet", "--no-tags", source.run("rev-parse", "--absolute-git-dir"), *specs)
    (folder / ROOTS).write_bytes(roots.write())
    Settings(ROOTS, str(promoter)).write(folder)
    for name, (module, first) in _HOOKS.items():
        hook = folder / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(hook_text(module, first))
        hook.chmod(0o755)


def open_settings(folder: Path) -> tuple[Roots, Path]:
    """Return a forge's root keys and the path of its promoter's key."""
    settings = Settings.read(folder)
    roots = folder / settings.roots
    try:
        return Roots.read(roots.read_bytes(), str(roots)), folder / settings.promoter
    except OSError as error:
        raise refuse("NO_ROOTS", str(roots), "a file with root keys", error.strerror or "none") from error


def hook_text(module: str, first: str = "") -> str:
    """Return a hook: this very interpreter, isolated, running our module from where it is installed."""
    home = str(Path(__file__).resolve().parents[2])
    installed = home in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    found = "" if installed else f"sys.path.insert(0, {home!r}); "
    program = f"import gc, sys; gc.disable(); {found}from scripts.forge.{module} import hook; sys.exit(hook())"
    return f"#!/bin/sh\n{first}exec {shlex.quote(sys.executable)} -I -c {shlex.quote(program)}\n"
