"""Many models in one tree: ``python -m benchmarks.scale [PROOFS] [COPIES]``, 1,000 and 10,000 unless told.

* Cold: so many different proofs (``many.proof_of``), each with its own dataset, judged once in a repository that nobody
  has read yet; in turns with the bare calls on the same bytes, so that both see the same machine.
* Again: the registry of so many copies, of which none proves anything, judged once; then the same tree again, one in
  which other files differ, and one in which a model does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import many
from benchmarks.bare import Bare
from benchmarks.cost import Cost, cost, say, tell
from benchmarks.timing import company
from counterseal.documents import places
from counterseal.values.finding import Verdict
from counterseal.verification import plain_tree, rulebook, trustline
from counterseal.verification.git import Git
from counterseal.verification.registry import Registry
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.world import World

PROOFS, COPIES, AT_ONCE, TURNS = 1_000, 10_000, 50, 6


def main() -> None:
    """Measure both."""
    counts = [int(word) for word in sys.argv[1:]]
    proofs, copies = (*counts, *(PROOFS, COPIES)[len(counts) :])
    with company() as world:
        source = Tree(world.git, world.main)
        cold(world, source, proofs)
        again(world, source, copies)


def cold(world: World, source: Tree, count: int) -> None:
    """Judge so many proofs, and make the bare calls on each, in turns."""
    names = many.names(count)
    for part in _parts(names):
        files = {path: data for name in part for path, data in many.proof_of(world, source, name).items()}
        many.fast_import(world, [many.commit("main", "Proofs", [world.main], many.put(files))])
    bytes_of = Tree(world.git, world.main)
    ours, bare = [], []
    with Git(world.forge) as git:
        judged = _Judged(git, world)
        ours.append(cost(judged.prepare))
        for name in names:
            calls = Bare.of(world, bytes_of.contents(*places.of_model(name), places.dataset(name)))
            ours.append(cost(lambda: judged.model(name)))  # noqa: B023 (called at once)
            bare.append(cost(calls.do))
    _compare(count, ours, bare)


class _Judged:
    """The tip of main and what judges it, in a repository that nobody has read yet."""

    def __init__(self, git: Git, world: World) -> None:
        self.git, self.world = git, world

    def prepare(self) -> None:
        self.tree = Tree(self.git, self.world.main)
        self.trust = trustline.trust_at(self.tree, self.world.roots)
        self.book = rulebook.load(self.tree)

    def model(self, name: str) -> None:
        if plain_tree.check_model(self.tree, name, self.trust, self.book)[1].verdict is Verdict.FAIL:
            raise SystemExit(name)


def _parts(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))


def _compare(count: int, ours: list[Cost], bare: list[Cost]) -> None:
    spent, least = (sum(item.own for item in costs) for costs in (ours, bare))
    tell(f"{count} proofs, cold: {spent:.2f} s CPU in this process, {1000 * spent / count:.2f} ms each")
    tell(f"the bare calls on the same bytes: {least:.2f} s CPU, {1000 * least / count:.2f} ms each")
    tell(f"that is {spent / least:.2f} times the bare calls")


def again(world: World, source: Tree, count: int) -> None:
    """Judge a registry of copies, and judge it again; no tree is seen twice but where that is what is measured."""
    many.crowd(world, source, count)
    last = places.card(many.names(count)[-1])
    kinds = {
        "the same tree again": [world.main] * TURNS,
        "a tree in which only other files differ": [_with(world, "docs/note.md", turn) for turn in range(TURNS)],
        "a tree in which one model differs": [_with(world, last, turn) for turn in range(TURNS)],
    }
    with Git(world.forge) as git:
        tree = Tree(git, world.main)
        registry = Registry(git, trustline.trust_at(tree, world.roots), rulebook.load(tree))
        say(f"{count} copies in a tree, the first time (each is soon refused)", [_at(registry, tree)])
        for what, trees in kinds.items():
            say(f"{count} models, {what}", [_at(registry, Tree(git, oid)) for oid in trees])
            registry.at(tree)


def _with(world: World, path: str, turn: int) -> str:
    return write_tree(world.git, world.main, {path: b"%d\n" % turn})


def _at(registry: Registry, tree: Tree) -> Cost:
    return cost(lambda: registry.at(tree))


if __name__ == "__main__":
    main()
