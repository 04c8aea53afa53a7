"""A registry that moves from tree to tree says what one made from nothing would, and judges only what it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused
from counterseal.verification import rulebook
from counterseal.verification.registry import Checked, Registry, registry
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_tree
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.world import World

OTHER = "other"
DATASET = places.dataset(MODEL)


def changed(world: World, files: Mapping[str, bytes | None], base: str = "") -> Tree:
    return Tree(world.git, write_tree(world.git, base or world.main, files))


def twin(world: World) -> dict[str, bytes | None]:
    """Return the files of a second model, which are the first one's and prove nothing of it."""
    files = Tree(world.git, world.main).contents(*places.of_model(MODEL))
    return {path.replace(MODEL, OTHER): data for path, data in files.items()}


def fresh(world: World) -> Registry:
    return Registry(world.git, world.trust, rulebook.load(Tree(world.git, world.main)))


def told(models: Mapping[str, Checked | Refused]) -> dict[str, str]:
    return {name: found.code if isinstance(found, Refused) else "stands" for name, found in models.items()}


def test_what_differs_is_judged_anew_and_nothing_else(live: World) -> None:
    moving = fresh(live)
    stands = moving.at(Tree(live.git, live.main))
    assert told(stands) == {MODEL: "stands"}
    assert moving.at(changed(live, {"docs/x.md": b"x", places.dataset("other"): b"x"})) is stands
    both = moving.at(changed(live, twin(live)))
    assert told(both) == {MODEL: "stands", OTHER: "NOT_EXACT_SET"}
    assert both[MODEL] is stands[MODEL]
    assert moving.at(Tree(live.git, live.main))[MODEL] is stands[MODEL]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (places.card(MODEL), "DIGEST"),
        (places.spec(MODEL), "NOT_EXACT_SET"),
        (f"{places.approvals(MODEL)}/alice.yaml", "QUORUM"),
        (DATASET, "DATASET_NOT_OF_TREE"),
    ],
)
def test_a_change_and_the_way_back(live: World, path: str, code: str) -> None:
    moving, whole = fresh(live), Tree(live.git, live.main)
    data = None if path != places.card(MODEL) and path != DATASET else live.read(path) + b"\n"
    broken = changed(live, {path: data})
    assert told(moving.at(whole)) == {MODEL: "stands"}
    assert told(moving.at(broken)) == told(fresh(live).at(broken)) == {MODEL: code}
    assert told(moving.at(whole)) == {MODEL: "stands"}


def test_a_model_that_goes_is_gone(live: World) -> None:
    moving = fresh(live)
    assert told(moving.at(changed(live, twin(live)))) == {MODEL: "stands", OTHER: "NOT_EXACT_SET"}
    without = changed(live, dict.fromkeys(Tree(live.git, live.main).files(*places.of_model(MODEL))))
    assert told(moving.at(without)) == {}


def test_a_layout_that_goes_takes_what_it_carried(live: World) -> None:
    moving = fresh(live)
    layouts = Tree(live.git, live.main).files(places.LAYOUTS)
    assert told(moving.at(Tree(live.git, live.main))) == {MODEL: "stands"}
    assert told(moving.at(changed(live, dict.fromkeys(layouts)))) == {MODEL: "MISSING_FILE"}
    assert told(moving.at(Tree(live.git, live.main))) == {MODEL: "stands"}


def test_the_newest_judges_registry_is_kept(live: World) -> None:
    tree = Tree(live.git, live.main)
    book = rulebook.load(tree)
    one = registry(tree, live.trust, book)
    assert registry(tree, live.trust, book) is one
    other = live.trust.without(frozenset({live.signer("ci").public_key.keyid}))
    assert told(registry(tree, other, book).at(tree)) != told(one.at(tree))
    assert registry(tree, live.trust, book) is not one
