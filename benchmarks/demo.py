"""The demo's work after installation: ``python -m benchmarks.demo``."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from benchmarks.timing import seconds, several
from scripts.stage.story import PROGRAM


def once() -> float:
    """Live the whole story once."""
    with tempfile.TemporaryDirectory(prefix="counterseal-benchmark-") as folder:
        command = [*PROGRAM, "demo", "--scratch", str(Path(folder) / "demo")]
        return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


if __name__ == "__main__":
    several("the demo's work", once)
