"""What the gate adds to a push: ``python -m benchmarks.gate [ENTRIES[:RECORDS] …]``.

The forge's own pre-receive hook, as git starts it: the whole process, its interpreter and imports included, judging the
merge of a countersigned new version of one model. Main holds so many models, the others being copies that nobody is
asked about; the log so many records of a merge each.
"""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks import many
from benchmarks.cost import several
from benchmarks.timing import company
from counterseal.documents import places
from counterseal.verification.tree import Tree

CASES = ("1:1", "100:1", "1000:1", "10000:1", "1:100", "1:1000")


def main() -> None:
    """Time the hook for each size."""
    for case in sys.argv[1:] or CASES:
        entries, _, records = case.partition(":")
        gate(int(entries), int(records or 1))


def gate(entries: int, records: int) -> None:
    """Grow a repository round its one real model, then time the gate."""
    with company() as world:
        source = Tree(world.git, world.main)
        many.crowd(world, source, entries - 1)
        many.long_log(world, source, records - 1)
        world.promoted(2)
        branch = world.propose(3)
        world.prove(branch)
        world.approve(branch, "alice", "bob")
        line = f"{world.main} {world.merge_of(branch)} {places.MAIN}\n".encode()
        world.git.run("repack", "-a", "-d", "-q")
        hook, environment = world.forge / "hooks" / "pre-receive", {**os.environ, "GIT_DIR": "."}

        def push() -> None:
            subprocess.run([hook], input=line, cwd=world.forge, env=environment, check=True, stderr=subprocess.PIPE)

        several(f"the gate, {entries} models in the tree, {records} + 2 records", push)


if __name__ == "__main__":
    main()
