"""The champion is what the log says serves; evidence that compares with anything else is refused."""

from __future__ import annotations

import functools
import shutil
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.estimator import Estimator
from counterseal.documents.statement import EXTENSION
from counterseal.values.digest import sha256
from counterseal.verification.champion import NOBODY, champion
from counterseal.verification.evidence import verify_proof
from counterseal.verification.tree import Tree
from tests.counterseal.verification.test_evidence import Bench
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.world import World

WHERE = places.model_file(MODEL, "model.json")
OTHER = "0" * 64


def model_of(world: World, number: int) -> bytes:
    return Tree(world.git, acts.record(world, number).commit).need(WHERE)


def serving(world: World) -> bytes:
    log = world.log()
    return champion(world.git, log, MODEL, log.replaces(MODEL))


@pytest.fixture(scope="module")
def challenged(companies: Path, live_template: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Version 2, which was compared with version 1, is promotion 2."""

    def make(folder: Path) -> World:
        world = live_template.copy_to(folder)
        acts.promote(world, 2)
        return world

    folder = tmp_path_factory.mktemp("challenged") / "company"
    with closing(once(companies, "replaced", make).copy_to(folder)) as world:
        yield Bench(world, 1, sha256(model_of(world, 1)))
    shutil.rmtree(folder)


def compared(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    """Return a change of what the evaluate Statement says of the champion."""
    return lambda statement: change(statement["predicate"][EXTENSION]["measures"]["comparison"])


# -- who it is


def test_it_is_what_serves_then_as_now(replaced: World) -> None:
    first, second = model_of(replaced, 1), model_of(replaced, 2)
    assert first != second
    assert [champion(replaced.git, replaced.log(), MODEL, number) for number in (0, 1, 2)] == [b"", first, second]
    with refused("REPLACES_UNKNOWN"):
        champion(replaced.git, replaced.log(), MODEL, 3)
    assert serving(replaced) == second
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    assert serving(replaced) == first
    acts.land(replaced, acts.retire(replaced, gone(replaced), "alice", "bob"))
    assert serving(replaced) == b""
    assert bool(acts.history(replaced))


def gone(world: World) -> str:
    world.commit("end", dict.fromkeys(Tree(world.git, world.main).files(*places.of_model(MODEL))), "dana")
    return "end"


def test_after_a_return_a_challenger_meets_what_was_returned_to(replaced: World) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    branch = acts.ready(replaced, 3, estimator=Estimator(name="logistic-regression", parameters={"C": 0.01}))
    ground = replaced.assess(branch).ground
    found = ground.proofs[MODEL].evidence["evaluation"]["comparison"]
    assert (found["version"], found["digest"]) == (1, sha256(model_of(replaced, 1)))
    assert found["quality"]["auc"]["old"] != found["quality"]["auc"]["new"]
    assert acts.land(replaced, branch)
    again = acts.restore(replaced, acts.revert(replaced, replaced.main, "again"), "olga", to=1)
    assert acts.land(replaced, again)[0].kind == "restore"
    assert bool(acts.history(replaced))


# -- what evidence may say of it


def test_a_first_model_meets_nobody(live: World) -> None:
    bench = Bench(live)
    assert bench.holds.evidence["evaluation"]["comparison"] == {"champion": False}
    with refused("CHAMPION_MISMATCH") as refusal:
        verify_proof(bench.tree, MODEL, replace(bench.judge, champion=OTHER))
    assert refusal.value.findings[0].where == places.link(MODEL, "evaluate")


def test_a_challenger_meets_the_champion(challenged: Bench) -> None:
    found = challenged.holds.evidence["evaluation"]["comparison"]
    assert (found["champion"], found["version"], found["digest"]) == (True, 1, challenged.judge.champion)
    assert challenged.verify(challenged.signed("evaluate", lambda _: None)).spec.spec.version == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(digest=OTHER),
        lambda said: said.update(digest=NOBODY),
        lambda said: said.update(digest=None),
        lambda said: said.pop("digest"),
        lambda said: said.update(champion=False),
        lambda said: said.update(champion="true"),
        lambda said: said.update(champion=1),
        lambda said: (said.clear(), said.update(champion=False)),
    ],
)
def test_a_statement_that_compares_with_another_or_with_nobody_is_refused(
    challenged: Bench, change: Callable[[dict[str, Any]], object]
) -> None:
    with refused("CHAMPION_MISMATCH") as refusal:
        challenged.verify(challenged.signed("evaluate", compared(change)))
    assert refusal.value.findings[0].where == places.statement(MODEL, "evaluate")


@pytest.mark.parametrize("change", [lambda said: said.clear(), lambda said: said.pop("champion")])
def test_a_statement_that_does_not_say_is_refused(
    challenged: Bench, change: Callable[[dict[str, Any]], object]
) -> None:
    with refused("EVIDENCE_FORM"):
        challenged.verify(challenged.signed("evaluate", compared(change)))


@pytest.mark.parametrize("digest", [OTHER, NOBODY])
def test_a_link_that_took_another_in_is_refused(challenged: Bench, digest: str) -> None:
    assert challenged.verify(challenged.linked({})).spec
    with refused("CHAMPION_MISMATCH") as refusal:
        challenged.verify(challenged.linked({}, champion=digest))
    assert refusal.value.findings[0].where == places.link(MODEL, "evaluate")


def test_a_first_model_cannot_claim_a_champion(live: World) -> None:
    bench = Bench(live)
    for digest in (OTHER, NOBODY, None):
        claim = {"champion": True, "digest": digest}
        with refused("CHAMPION_MISMATCH"):
            bench.verify(bench.signed("evaluate", compared(functools.partial(dict.update, **claim))))
