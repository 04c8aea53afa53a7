"""Who plays in the demo: people with SSH keys of their own, a roster, and a clone for each.

Keys are made on the spot, for one scratch folder, and are good for nothing else.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from counterseal.values import strict_yaml
from counterseal.verification.git import Git
from scripts.stage.story import Actor

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = {
    "rita": ("Head of risk, holds a root key", ()),
    "rolf": ("Head of engineering, holds a root key", ()),
    "dana": ("Data scientist, and an owner of other models", ("owner",)),
    "alice": ("Owner of the credit models", ("owner", "operator")),
    "bob": ("Risk officer", ("risk",)),
    "mia": ("Maintainer of the code", ("maintainer",)),
}
QUORUMS = {
    "low": ["owner"],
    "medium": ["owner"],
    "high": ["owner", "risk"],
    "rules": ["owner", "risk"],
    "code": ["maintainer"],
    "waivers": ["risk"],
}


def make_people(keys: Path) -> None:
    """Make a throw-away SSH key for each of the cast."""
    keys.mkdir(mode=0o700, parents=True)
    for name in PEOPLE:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(keys / name)],
            check=True,
            capture_output=True,
        )


def write_roster(path: Path, keys: Path) -> None:
    """Write the roster that ``counterseal init`` reads."""
    people = {
        name: {"title": title, "keys": [str(keys / name)], "emails": [f"{name}@acme.example"], "roles": list(roles)}
        for name, (title, roles) in PEOPLE.items()
    }
    spec = {"people": people, "root": {"members": ["rita", "rolf"], "threshold": 2}, "quorums": QUORUMS}
    coat = {"apiVersion": "counterseal/v1", "kind": "Roster", "metadata": {"name": "acme-credit"}, "spec": spec}
    path.write_bytes(strict_yaml.dumps(coat))


def enter(name: str, stage: Path, forge: Path | None, **environment: str) -> Actor:
    """Give someone a home, a key in their Git settings, and a clone of the forge if there is one."""
    home, clone = stage / "homes" / name, stage / "clones" / name
    home.mkdir(parents=True, exist_ok=True)
    settings = {
        "user.name": name,
        "user.email": f"{name}@acme.example",
        "user.signingkey": str(stage / "keys" / name),
        "gpg.format": "ssh",
        "commit.gpgsign": "true" if name in PEOPLE else "false",
        "advice.detachedHead": "false",
        "init.defaultBranch": "main",
        "counterseal.roots": str(stage / "machine-keys" / "roots.yaml"),
    }
    git = Git(stage)
    for setting, value in settings.items():
        git.run("config", "--file", str(home / ".gitconfig"), setting, value)
    if forge:
        clone.parent.mkdir(parents=True, exist_ok=True)
        git.run("clone", "--quiet", str(forge), str(clone))
    return Actor(name, clone if forge else stage, {"HOME": str(home), **environment})
