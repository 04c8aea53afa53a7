"""Kill a command at random moments, and see that the next run goes on.

``python -m tests.support.killed FOLDER COMMAND TIMES SEED``, where FOLDER is a world in which the command has its work
before it (tests/scripts/test_killed.py makes them). The rules of each turn:

* it starts from the same bytes, in a process forked from this one, so that it starts at once;
* it is killed with everything it started, at a moment drawn from the time it usually takes;
* what others see must hold then: the log, its head, and what may serve;
* the command, run again and left alone, must finish the work; where git itself died with a lock in its hand, the
  command may say so, by name, and finish after what it said to remove is removed.

Prints how often the kill came before the work was seen and after, and how often the next run finished it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.verification.follow import follow
from counterseal.verification.git import Git
from counterseal.verification.log import read_head, read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at
from scripts.commands import COMMANDS
from scripts.forge.promote import promote
from scripts.main import main as typed
from tests.support.world import MODEL, World

if TYPE_CHECKING:
    from collections.abc import Callable

#: What the commands below import, loaded before the first fork.
_LOADED = ("approve", "init", "merge", "propose", "rollback", "run")
_LOCKED = re.compile(r"(\S+\.lock): GIT_LOCKED")
NEXT, BACK = f"proposal/{MODEL}-v2", f"proposal/{MODEL}-restore-1-after-2"


@dataclass(frozen=True)
class Work:
    """A command's work: how it is done, whether it is seen, and who else has to act after it."""

    run: Callable[[World], int]
    seen: Callable[[World], bool]
    after: Callable[[World], object] = lambda _: None


def in_clone(world: World, person: str, *words: str) -> int:
    """Let a person type a command in the clone they have."""
    return typed([*words, "--repo", str(world.folder / "clones" / person)])


def approving(world: World) -> int:
    """Let alice countersign, deciding every REVIEW."""
    words = [word for name in (world.folder / "reviews").read_text().split() for word in ("--reviews", name)]
    return in_clone(world, "alice", "approve", NEXT, "--yes", "--reason", "Seen.", *words)


def recording(world: World) -> int:
    """Run the promoter."""
    with Git(world.forge) as git:
        promote(git, world.roots, world.signer("promoter"), world.now)
    return 0


def proving(world: World) -> int:
    """Run the pipeline as CI does."""
    return in_clone(world, "ci", "run", "--push", "--key", str(world.keys / "ci.pem"))


def founding(world: World) -> int:
    """Start a repository of one's own."""
    places_of = {"--repo": "template", "--roster": "roster.yaml", "--keys": "machine-keys", "--forge": "forge.git"}
    return typed(["init", *(word for flag, name in places_of.items() for word in (flag, str(world.folder / name)))])


def number(world: World) -> int:
    """Return how far the log goes; raise Refused if it, its head, or what may serve does not hold."""
    with Git(world.forge) as git:
        main, promotions = (git.run("rev-parse", ref) for ref in (places.MAIN, places.PROMOTIONS))
        log = read_log(git, promotions, main, world.roots)
        follow(git, world.roots, main, promotions, world.now)
        return read_head(git, promotions, log, *chain_at(Tree(git, main), world.roots)).number


def _countersigned(world: World) -> bool:
    return Tree(world.git, world.tip(NEXT)).blob(f"{places.approvals(MODEL)}/alice.yaml") is not None


def _entry(world: World, branch: str) -> str | None:
    return Tree(world.git, world.tip(branch)).blob(places.entry(MODEL))


def _founded(world: World) -> bool:
    return (world.forge / "counterseal.json").exists() and number(world) == 0


WORK = {
    "propose": Work(lambda world: in_clone(world, "dana", "propose"), lambda world: world.has(NEXT)),
    "run": Work(proving, lambda world: _entry(world, NEXT) != _entry(world, "main")),
    "approve": Work(approving, _countersigned),
    "merge": Work(lambda world: in_clone(world, "alice", "merge", NEXT), lambda world: number(world) == 2, recording),
    "record": Work(recording, lambda world: number(world) == 2),
    "rollback": Work(lambda world: in_clone(world, "olga", "rollback", MODEL), lambda world: world.has(BACK)),
    "init": Work(founding, _founded),
}


def main(folder: str, command: str, times: str, seed: str) -> int:
    """Kill a command some times; return 0 if everything always held."""
    for item in COMMANDS:
        if item.name in _LOADED:
            item.load()
    world, work, draw = World(Path(folder)), WORK[command], random.Random(int(seed))
    kept = world.folder.with_name(f"{world.folder.name}-kept")
    shutil.copytree(world.folder, kept, symlinks=True)
    usual = _timed(world, work)
    tally = Counter(_turn(world, work, kept, draw.uniform(0, usual)) for _ in range(int(times)))
    shutil.rmtree(kept)
    print(dict(tally), f"in {usual:.2f} s")  # noqa: T201 (whoever started this reads it)
    return 1 if any("next run" in how for how in tally) else 0


def _timed(world: World, work: Work) -> float:
    """Return how long the work takes when nobody interrupts it."""
    started = time.monotonic()
    assert os.waitpid(_begin(world, work), 0)[1] == 0, _log(world).read_text()
    return time.monotonic() - started


def _turn(world: World, work: Work, kept: Path, after: float) -> str:
    """Kill the command once and let the next run finish; say when the kill came, or what did not hold."""
    shutil.rmtree(world.folder)
    shutil.copytree(kept, world.folder, symlinks=True)
    child = _begin(world, work)
    time.sleep(after)
    _kill(child)
    before = "after" if _is_seen(world, work) else "before"
    ended = _left_alone(world, work)
    while ended and (lock := _LOCKED.search(_log(world).read_text())):
        for left in world.folder.rglob(Path(lock[1]).name):
            left.unlink()  # as the finding says; it is gone then, so this comes to an end
        ended = _left_alone(world, work)
        before = f"{before.partition(',')[0]}, and locks were named"
    if ended == 0 and _is_seen(world, work):
        return before
    return f"killed after {after:.3f} s, next run ended with {ended}: {_log(world).read_text()}"


def _is_seen(world: World, work: Work) -> bool:
    with Git(world.forge) as git:
        fresh = World(world.folder)
        fresh.__dict__["git"] = git
        return world.forge.exists() and work.seen(fresh)


def _left_alone(world: World, work: Work) -> int:
    child = _begin(world, work, work.after)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _begin(world: World, work: Work, after: Callable[[World], object] = lambda _: None) -> int:
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    log = os.open(_log(world), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    code = work.run(World(world.folder))
    if code == 0:
        after(World(world.folder))
    os._exit(code)


def _log(world: World) -> Path:
    return world.folder.with_name("last.log")


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # not in a group of its own yet
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
