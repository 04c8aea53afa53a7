from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.verification.follow import Served, follow

if TYPE_CHECKING:
    from tests.support.world import World


def test_a_founded_company_has_no_models(world: World) -> None:
    assert follow(world.git, world.roots, world.main, world.promotions, world.now).models == {}


def test_a_promoted_model_may_serve(promoted: World) -> None:
    found = follow(promoted.git, promoted.roots, promoted.main, promoted.promotions, promoted.now)
    served = found.models["german-credit"]
    assert isinstance(served, Served)
    assert (served.number, served.version, served.approvers) == (1, 1, ("alice", "bob"))
