from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.review.side import Side, proposed, replaced, serving
from tests.scripts.review.conftest import BRANCH
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


def test_a_return_is_shown_as_what_it_returns_to(moved: World, sides: tuple[Side, Side]) -> None:
    ground = moved.assess(BRANCH).ground
    assert replaced(ground, MODEL) is None, "version 1 was the first"
    assert sides[0].proof is ground.proofs[MODEL]
