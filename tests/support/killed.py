"""Run the promoter over a forge again and again, and kill it each time: ``python -m tests.support.killed``.

Arguments: the world's folder, how often, a seed. Each run is a process of its own, forked from this one, so that it
starts at once. After each kill the log must be whole, as it was or with every record; then a run that is left alone
must finish the work. Prints how often the kill came before, and after, the records were seen.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from counterseal.documents import places
from counterseal.verification.git import Git
from counterseal.verification.log import read_head, read_log
from scripts.promote import promote
from tests.support.world import World


def main(folder: str, times: str, seed: str) -> int:
    """Kill the promoter some times; return 0 if the log always held."""
    world, draw = World(Path(folder)), random.Random(int(seed))
    before = world.promotions
    started = time.monotonic()
    _run(world)
    usual, whole = time.monotonic() - started, _number(world)
    seen: Counter[str] = Counter()
    for _ in range(int(times)):
        world.git.run("update-ref", places.PROMOTIONS, before)
        _kill(world, draw.uniform(0, usual))
        number = _number(world)
        seen["whole" if number == whole else "as it was" if world.promotions == before else "torn"] += 1
        _run(world)
        seen["finished" if _number(world) == whole else "stuck"] += 1
    world.close()
    print(dict(seen))  # noqa: T201 (whoever started this reads it)
    return 1 if seen["torn"] or seen["stuck"] else 0


def _run(world: World) -> None:
    with Git(world.forge) as git:
        promote(git, world.roots, world.signer("promoter"), world.now)


def _kill(world: World, after: float) -> None:
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        _run(world)
        os._exit(0)
    time.sleep(after)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # not in a group of its own yet
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _number(world: World) -> int:
    """Return how far the log goes; raise Refused if it, or its head, does not hold."""
    log = read_log(world.git, world.promotions, world.main, world.roots)
    return read_head(world.git, world.promotions, log, world.trust).number


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
