"""From the merge to the new version's first answer: ``python -m benchmarks.swap``.

The real command merges through the forge's own hooks, a real server polls every 0.3 seconds. The clock starts when main
moves, so what counts is: the promoter starts and signs, the server fetches, judges, parses, reproduces the golden rows,
swaps.
"""

from __future__ import annotations

import subprocess
import time
from itertools import count

from benchmarks.timing import company, several
from scripts.stage.server import Server
from scripts.stage.story import PROGRAM
from tests.support.world import MODEL, World


def main() -> None:
    """Promote one version after another under a running server."""
    with company() as world:
        server = Server.start(world.forge, world.keys / "roots.yaml", world.folder / "server")
        try:
            server.wait_for_number(MODEL, 1)
            numbers = count(2)
            several("merge to answer", lambda: _swap(world, server, next(numbers)))
        finally:
            server.stop()


def _swap(world: World, server: Server, number: int) -> float:
    branch = world.propose(number)
    world.prove(branch)
    world.approve(branch, "alice", "bob")
    command = [*PROGRAM, "merge", branch]
    before = world.main
    with subprocess.Popen(command, cwd=world.clone("alice").folder, stdout=subprocess.DEVNULL) as merge:
        while world.main == before and merge.poll() is None:
            time.sleep(0.05)
        began = time.perf_counter()
        server.wait_for_number(MODEL, number)
        took = time.perf_counter() - began
    if merge.returncode:
        raise SystemExit(merge.returncode)
    return took


if __name__ == "__main__":
    main()
