"""The commands that an export's README gives, and somebody who types them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

THIS_RUN = "in-toto: this run, and the artifacts of this folder"
AS_COMMITTED = "in-toto: the layout as it is committed"
MODEL_SIGNING = "OpenSSF Model Signing: the bytes that serve"
OPENSSH = "OpenSSH: who countersigned"
SIGSTORE = "Sigstore: what was found, and what was promoted"


def commands(folder: Path) -> dict[str, str]:
    """Return section → commands."""
    text = (folder / "README.md").read_text()
    return dict(re.findall(r"^## ([^\n]+)\n[^#]*?^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def typed(folder: Path, section: str) -> subprocess.CompletedProcess[str]:
    """Type a section's commands in a shell that finds the tools of this environment."""
    return sh(commands(folder)[section], folder)


def sh(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell command in a folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
