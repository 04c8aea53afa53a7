"""Trust along main: every version checked, none ever taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.verification import trustline
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit, write_tree
from tests.support import acts
from tests.support.acts import refused

if TYPE_CHECKING:
    from tests.support.world import World


def tree_with(world: World, files: dict[str, bytes | None]) -> Tree:
    return Tree(world.git, write_tree(world.git, world.main, files))


def expire_later(spec: acts.Edit) -> None:
    spec["expires"] = "2199-01-01T00:00:00Z"


def test_the_highest_version_counts_and_each_can_be_asked_for(world: World) -> None:
    world.land(acts.propose_trust(world, expire_later))
    tree = Tree(world.git, world.main)
    assert trustline.trust_at(tree, world.roots).spec.version == 2
    assert trustline.trust_at(tree, world.roots, upto=1).spec.version == 1
    with refused("TRUST_VERSION"):
        trustline.trust_at(tree, world.roots, upto=3)


@pytest.mark.parametrize(
    "change",
    [{places.trust(1): None, places.trust(2): b"x"}, {places.trust(3): b"x"}, {"policies/trust/README.md": b"x"}],
)
def test_versions_have_no_gap_and_no_company(world: World, change: dict[str, bytes | None]) -> None:
    with refused("TRUST_FILES"):
        trustline.chain_at(tree_with(world, change), world.roots)


def test_without_trust_there_is_none(world: World) -> None:
    with refused("NO_TRUST"):
        trustline.chain_at(tree_with(world, {places.trust(1): None}), world.roots)


def test_a_version_is_signed_by_the_roots_before_it_and_its_own(world: World) -> None:
    def replace_roots(spec: acts.Edit) -> None:
        spec["root"] = {"members": ["alice", "bob"], "threshold": 2}

    by_all = acts.next_trust(world, replace_roots, ["rita", "rolf", "alice", "bob"])
    assert len(trustline.chain_at(tree_with(world, {places.trust(2): by_all}), world.roots)) == 2
    for signers in (["rita", "rolf"], ["alice", "bob"], ["rita", "alice", "bob"]):
        sealed = acts.next_trust(world, replace_roots, signers)
        with refused("TRUST_THRESHOLD"):
            trustline.chain_at(tree_with(world, {places.trust(2): sealed}), world.roots)


def test_what_was_remembered_for_some_roots_is_not_believed_for_others(world: World) -> None:
    tree = Tree(world.git, world.main)
    trustline.chain_at(tree, world.roots)
    keys = {person: (world.key(person).public,) for person in ("alice", "bob")}
    others = world.roots.model_copy(update={"spec": world.roots.spec.model_copy(update={"keys": keys})})
    with refused("TRUST_THRESHOLD"):
        trustline.chain_at(tree, others)


def test_what_is_void_withdrawn_or_compromised_stays_so(world: World) -> None:
    lost = "SHA256:" + "A" * 43
    gone = {"withdrawn": [1], "void": [2], "compromised": {lost: 3}}
    world.land(acts.propose_trust(world, gone))
    changes: list[acts.Edit] = [{"withdrawn": []}, {"void": []}, {"compromised": {}}, {"compromised": {lost: 4}}]
    for change in changes:
        sealed = acts.next_trust(world, change)
        with refused("TRUST_TAKEN_BACK"):
            trustline.chain_at(tree_with(world, {places.trust(3): sealed}), world.roots)
    wider = acts.next_trust(world, {"withdrawn": [1, 4], "compromised": {lost: 2}})
    assert trustline.chain_at(tree_with(world, {places.trust(3): wider}), world.roots)


def test_the_line_keeps_trust_and_layouts(world: World) -> None:
    start = world.main
    world.land(acts.propose_trust(world, expire_later))
    trustline.check_kept(world.git, start, world.main)
    trustline.check_kept(world.git, None, world.main)
    layout = next(iter(Tree(world.git, world.main).files(places.LAYOUTS)))
    for path, data in ((places.trust(2), None), (places.trust(1), b"x"), (layout, None)):
        tree = write_tree(world.git, world.main, {path: data})
        bad = write_commit(world.git, tree, [world.main], "bad", world.committer("dana"))
        with refused("TRUST_REMOVED"):
            trustline.check_kept(world.git, start, bad)
        mended = write_commit(world.git, Tree(world.git, world.main).root, [bad], "mend", world.committer("dana"))
        with refused("TRUST_REMOVED"):
            trustline.check_kept(world.git, start, mended)


def test_what_a_proposal_removed_and_put_back_was_never_gone_from_main(world: World) -> None:
    start, path = world.main, places.trust(1)
    world.commit("odd", {path: None, "docs/x.md": b"x"}, "dana")
    world.commit("odd", {path: world.read(path)}, "dana")
    world.force("odd")
    trustline.check_kept(world.git, start, world.main)
