from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.verification.tree import Tree
from scripts.review.review import chapters
from scripts.review.side import Side, proposed, replaced, serving
from tests.scripts.review.conftest import BRANCH
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def test_the_old_side_is_what_the_log_says_serves(moved: World, sides: tuple[Side, Side]) -> None:
    new, old = sides
    assert (new.spec.version, old.spec.version) == (2, 1)
    assert old.tree.revision == moved.log().live(MODEL).commit  # type: ignore[union-attr]
    assert old.data is not None
    assert old.data != new.data


def test_of_what_was_not_verified_there_is_no_side(world: World) -> None:
    branch = world.propose(1)
    ground = world.assess(branch).ground
    assert proposed(ground, MODEL) is None
    assert serving(ground, MODEL) is None
    assert replaced(ground, MODEL) is None


def test_a_return_is_shown_as_what_it_returns_to(twice: World) -> None:
    back = acts.revert(twice, twice.main, "proposal/back", "olga")
    ground = twice.assess(back).ground
    new, old, before = proposed(ground, MODEL), serving(ground, MODEL), replaced(ground, MODEL)
    assert [side.spec.version for side in (new, old, before) if side] == [1, 2, 1]
    (told,) = chapters(ground)
    assert told.tables[0].rows[0] == ("version", "1", "2")


def test_a_model_that_ends_has_no_new_side(promoted: World) -> None:
    files = Tree(promoted.git, promoted.main).files(*places.of_model(MODEL))
    promoted.commit("proposal/end", dict.fromkeys(files), "dana", "The end")
    ground = promoted.assess("proposal/end").ground
    assert proposed(ground, MODEL) is None
    assert chapters(ground) == ()


def test_the_first_version_replaced_nothing(moved: World, sides: tuple[Side, Side]) -> None:
    ground = moved.assess(BRANCH).ground
    assert replaced(ground, MODEL) is None
    assert sides[0].proof is ground.proofs[MODEL]
