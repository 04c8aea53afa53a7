"""When git fails or a process is killed: the answer is no, nothing is half done, and the next run goes on."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from counterseal.verification.log import read_log
from counterseal.verification.objects import GitError
from counterseal.verification.tree import Tree
from scripts.forge.gate import judge_main
from scripts.forge.promote import TRIES, promote
from tests.support import acts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.world import World


WRITES = {"hash-object", "read-tree", "update-index", "write-tree", "commit-tree", "update-ref", "merge-tree"}


@dataclass
class Fault:
    """Which calls of git fail: one that writes, counted from 1, or all from one call on."""

    first: int
    lasts: bool
    calls: int = 0

    def strikes(self, *arguments: str) -> bool:
        if self.lasts or WRITES & set(arguments):
            self.calls += 1
            return self.calls >= self.first if self.lasts else self.calls == self.first
        return False


class Failing(Git):
    """A repository on a disk that is full, now and then."""

    fault = Fault(0, lasts=False)

    def attempt(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        if self.fault.strikes(*arguments):
            return subprocess.CompletedProcess(["git", "-C", ".", *arguments], 128, b"", b"No space left on device")
        return super().attempt(*arguments, **options)

    def read_all(self, names: Sequence[str]) -> list[tuple[str, str, bytes] | None]:
        if self.fault.strikes():
            raise GitError("git cat-file: Broken pipe")
        return super().read_all(names)


def each_fault(world: World, run: Callable[[Git], object], *, lasts: bool) -> int:
    """Run something with git failing at the first call, the second, and so on, until no fault is reached."""
    for first in range(1, 10_000):
        with Failing(world.forge) as git:  # a new one, which remembers nothing
            git.fault = Fault(first, lasts)
            with suppress(GitError, Refused):
                run(git)
            assert log_is_whole(world)
            if git.fault.calls < first:
                return first - 1
    raise AssertionError


def log_is_whole(world: World) -> bool:
    log = read_log(world.git, world.promotions, world.main, world.roots)
    return Tree(world.git, world.promotions).read(places.HEAD_FILE) is not None and log.next_number > 0


@pytest.fixture
def waiting(world: World) -> World:
    """Two merges that the gate admitted and nobody recorded."""
    for number, limit in enumerate((0.6, 0.61)):
        files = acts.limit(world, "quality", "auc", limit)
        branch = acts.propose_rules(world, files, branch=f"rules/{number}")
        acts.merge(world, acts.approve_rules(world, branch, "alice", "bob"))
    return world


@pytest.mark.parametrize("how", ["once", "from then on"])
def test_the_promoter_records_everything_or_nothing(waiting: World, how: str) -> None:
    """A skipped merge is never recorded once a later one is, so a full disk must not look like a refusal, either."""
    before = waiting.promotions
    numbers: set[int] = set()
    skipped: list[str] = []

    def run(git: Git) -> None:
        waiting.put("promotions", before)
        try:
            skipped.extend(promote(git, waiting.roots, waiting.signer("promoter"), waiting.now).skipped)
        finally:
            numbers.add(read_log(waiting.git, waiting.promotions, waiting.main, waiting.roots).next_number)

    assert each_fault(waiting, run, lasts=how != "once") > 10
    assert numbers == ({3} if how == "once" else {1, 3})
    assert skipped == []
    waiting.put("promotions", before)
    assert [(item.number, item.kind) for item in waiting.record().promotions] == [(1, "rules"), (2, "rules")]
    assert bool(acts.history(waiting))


def test_one_fault_is_tried_again(waiting: World) -> None:
    before = waiting.promotions
    assert TRIES > 1
    with Failing(waiting.forge) as git:
        git.fault = Fault(3, lasts=False)
        promote(git, waiting.roots, waiting.signer("promoter"), waiting.now)
    assert waiting.promotions != before


def test_the_gate_admits_nothing_for_a_fault(world: World) -> None:
    world.commit("docs", {"docs/x.md": b"x"}, "mia")
    acts.approve_change(world, "docs", "mia")
    bad = world.merge_of("docs")
    admitted: list[object] = []
    each_fault(world, lambda git: admitted.extend(judge_main(git, world.roots, world.main, bad, world.now)), lasts=True)
    assert admitted == []


def test_the_gate_admits_what_it_should_once_the_fault_is_gone(world: World) -> None:
    world.commit("docs", {"docs/x.md": b"x"}, "dana")
    good = world.merge_of(acts.approve_change(world, "docs", "mia"))

    def run(git: Git) -> None:
        judge_main(git, world.roots, world.main, good, world.now)

    assert each_fault(world, run, lasts=True) > 10
    with Git(world.forge) as git:
        run(git)
