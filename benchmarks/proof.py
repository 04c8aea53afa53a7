"""One model's whole proof in this process, libraries loaded: ``python -m benchmarks.proof``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bare import Bare
from benchmarks.cost import several
from benchmarks.timing import company
from counterseal.documents import places
from counterseal.values.finding import Verdict
from counterseal.verification import plain_tree, rulebook, trustline
from counterseal.verification.follow import Served, follow
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from tests.support.world import MODEL, World

if TYPE_CHECKING:
    from counterseal.documents.trust import Trust
    from counterseal.verification.rulebook import RuleBook


def main() -> None:
    """Prove one model by its tree alone, then by log, merge and authors too, and say what the bare calls cost."""
    with company() as world:
        main, promotions = world.main, world.promotions
        files = Tree(world.git, main).contents(*places.of_model(MODEL), places.dataset(MODEL))
        several(
            "one model's whole proof by its tree: roots, trust, rules, proof, verdicts, quorum", lambda: tree(world)
        )
        found = Tree(world.git, main)
        trust, book = trustline.trust_at(found, world.roots), rulebook.load(found)
        several("the same, trust and rules known", lambda: known(world, trust, book))
        several("the whole, with log, merge and authors", lambda: log(world, main, promotions))
        several("the bare parsing, hashing and signature calls of the proof alone", Bare.of(world, files).do)


def tree(world: World) -> None:
    """Do what a verifier does under ``log: none``, from a repository nobody has read yet."""
    with Git(world.forge) as git:
        found = Tree(git, world.main)
        trust, book = trustline.trust_at(found, world.roots), rulebook.load(found)
        if plain_tree.check_model(found, MODEL, trust, book)[1].verdict is Verdict.FAIL:
            raise SystemExit(1)


def known(world: World, trust: Trust, book: RuleBook) -> None:
    """Do what a verifier does for each further model."""
    with Git(world.forge) as git:
        if plain_tree.check_model(Tree(git, world.main), MODEL, trust, book)[1].verdict is Verdict.FAIL:
            raise SystemExit(1)


def log(world: World, main: str, promotions: str) -> None:
    """Do what a server or an auditor does."""
    with Git(world.forge) as git:
        found = follow(git, world.roots, main, promotions, world.now).models[MODEL]
        if not isinstance(found, Served):
            raise SystemExit(str(found))


if __name__ == "__main__":
    main()
