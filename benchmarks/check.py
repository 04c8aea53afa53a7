"""``counterseal check`` of a proposal that may merge, one model, warm: ``python -m benchmarks.check``."""

from __future__ import annotations

import subprocess

from benchmarks.timing import company, seconds, several
from scripts.stage.story import PROGRAM


def main() -> None:
    """Check a countersigned version 2 in a clone, the process's start included."""
    with company() as world:
        branch = world.propose(2)
        world.prove(branch)
        world.approve(branch, "anna", "bill")
        command = [*PROGRAM, "check", branch]
        clone = world.clone("dana").folder

        def once() -> float:
            return seconds(lambda: subprocess.run(command, cwd=clone, check=True, stdout=subprocess.DEVNULL))

        once()
        several("check, one model, warm", once)


if __name__ == "__main__":
    main()
