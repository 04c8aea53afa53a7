"""The template a repository is founded from: the files of a checkout of Counterseal, in a repository without a past."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from counterseal.verification.git import Git

if TYPE_CHECKING:
    from pathlib import Path


def copy_template(source: Git, target: Path) -> None:
    """Copy the files of a working tree that Git knows, or would add, into a fresh repository with one commit."""
    names = source.run("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        found = source.folder / name
        if found.is_file() and not found.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, target / name)
    git = Git(target)
    git.run("init", "--quiet", "--initial-branch=main")
    git.run("add", "--all")
    identity = ("-c", "user.name=template", "-c", "user.email=template@localhost", "-c", "commit.gpgsign=false")
    git.run(*identity, "commit", "--quiet", "--message=The template")
