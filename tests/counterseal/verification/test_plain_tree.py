"""``log: none``: a tree that proves itself, as the shipped example does, and says what it cannot prove."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.rules import Rules
from counterseal.documents.trust import Roots, Trust
from counterseal.values.digest import sha256
from counterseal.verification import plain_tree
from counterseal.verification.follow import Served, Snapshot, Stopped, follow
from counterseal.verification.git import Git
from counterseal.verification.rulebook import rule_digests
from counterseal.verification.tree import Tree
from scripts.repository.changes import Committer, write_commit, write_tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World


@pytest.fixture
def example(live: World) -> World:
    """The world's main, squashed to one commit, under a trust that keeps no log."""
    spec = live.trust.spec.model_copy(update={"log": "none"})
    put(live, {places.trust(1): acts.seal_trust(live, Trust.of("1", spec), ["rita", "rolf"]), **rules_approvals(live)})
    return live


def rules_approvals(world: World, entry: str = "") -> dict[str, bytes | None]:
    bound = entry or sha256(world.read(places.RULES))
    return {
        f"{places.RULES_APPROVALS}/{person}.yaml": acts.approval(world, person, "rules", entry=bound)
        for person in ("alice", "bob")
    }


def put(world: World, files: dict[str, bytes | None]) -> None:
    tree = write_tree(world.git, world.main, files)
    world.put("main", write_commit(world.git, tree, [], "squashed", Committer("x", "x@example.org")))


def judged(world: World, days: int = 0) -> Snapshot:
    return follow(world.git, world.roots, world.main, None, world.now + timedelta(days=days))


def found(world: World, days: int = 0) -> Served | Stopped:
    return judged(world, days).models[MODEL]


def code(world: World) -> str:
    stopped = found(world)
    assert isinstance(stopped, Stopped)
    return stopped.findings[0].code


def test_a_tree_proves_itself_and_says_what_it_does_not(example: World) -> None:
    snapshot = judged(example)
    assert (snapshot.promotions, snapshot.number, snapshot.trust) == (None, 0, 1)
    assert snapshot.unchecked == plain_tree.UNCHECKED
    assert snapshot.warnings == ()
    served = found(example)
    assert isinstance(served, Served)
    assert (served.number, served.kind, served.version, served.approvers) == (0, "example", 1, ("alice", "bob"))
    assert served.warnings == ()


def test_it_still_does_in_ten_years(example: World) -> None:
    snapshot = judged(example, days=3653)
    assert [finding.code for finding in snapshot.warnings] == ["TRUST_EXPIRED"]
    assert isinstance(found(example, days=3653), Served)


def test_a_shallow_clone_is_enough(example: World, tmp_path: Path) -> None:
    more = write_commit(
        example.git, Tree(example.git, example.main).root, [example.main], "more", example.committer("dana")
    )
    example.put("main", more)
    url = f"file://{example.forge}"
    example.git.run("clone", "--quiet", "--bare", "--depth", "1", url, str(tmp_path / "shallow"))
    with Git(tmp_path / "shallow") as git:
        assert git.is_shallow()
        assert isinstance(follow(git, example.roots, more, None, example.now).models[MODEL], Served)


def test_a_log_that_is_required_is_not_waived(live: World) -> None:
    with refused("LOG_MISSING"):
        judged(live)
    with refused("LOG_MISSING"):
        plain_tree.check_trust(Tree(live.git, live.main), live.roots)


def test_the_rules_have_their_quorum(example: World) -> None:
    path = f"{places.RULES_APPROVALS}/bob.yaml"
    put(example, {path: None})
    with refused("QUORUM"):
        judged(example)
    put(example, rules_approvals(example, "0" * 64))
    with refused("QUORUM"):
        judged(example)
    put(example, rules_approvals(example))
    assert judged(example).models


def test_codeowners_are_those_of_the_trust(example: World) -> None:
    put(example, {places.CODEOWNERS: b"* @nobody\n"})
    with refused("CODEOWNERS_DRIFT"):
        judged(example)


def test_other_roots_are_not_satisfied(example: World) -> None:
    spec = example.roots.spec.model_copy(update={"log_id": "0" * 32})
    with refused("LOG_ID"):
        follow(example.git, Roots.of("roots", spec), example.main, None, example.now)


def test_a_model_has_its_quorum(example: World) -> None:
    put(example, {f"{places.approvals(MODEL)}/bob.yaml": None})
    assert code(example) == "QUORUM"


def test_every_review_is_decided(example: World) -> None:
    entry = sha256(example.read(places.entry(MODEL)))
    bare = acts.approval(example, "bob", "promote", model=MODEL, entry=entry)
    put(example, {f"{places.approvals(MODEL)}/bob.yaml": bare})
    assert code(example) == "REVIEW_UNDECIDED"


def test_somebody_recomputed_the_metrics(example: World) -> None:
    entry = sha256(example.read(places.entry(MODEL)))
    bound: acts.Edit = {"model": MODEL, "entry": entry, "reviews": acts.every_review(example)}
    at = {person: f"{places.approvals(MODEL)}/{person}.yaml" for person in ("alice", "bob")}
    put(example, {path: acts.approval(example, person, "promote", **bound) for person, path in at.items()})
    assert code(example) == "NOBODY_REPRODUCED"
    put(example, {at["bob"]: acts.approval(example, "bob", "promote", **bound, reproduced=True)})
    assert isinstance(found(example), Served)


def test_a_changed_byte_stops_the_model(example: World) -> None:
    path = places.model_file(MODEL, "model.json")
    put(example, {path: example.read(path).replace(b"0.5", b"0.6", 1)})
    assert code(example) == "DIGEST"


def test_evidence_is_by_code_that_the_rules_name(example: World) -> None:
    spec = Rules.read(example.read(places.RULES), places.RULES).spec
    other = spec.code[0].model_copy(update={"lock": "0" * 64})
    rules = Rules.of("rules", spec.model_copy(update={"code": (other,)})).write()
    put(example, {places.RULES: rules, **rules_approvals(example, sha256(rules))})
    assert code(example) == "CODE_NOT_NAMED_BY_RULES"
    rules = Rules.of("rules", spec.model_copy(update={"code": (other, *spec.code)})).write()
    put(example, {places.RULES: rules, **rules_approvals(example, sha256(rules))})
    assert isinstance(found(example), Served)


def test_a_rule_that_fails_stops_the_model(example: World) -> None:
    spec = Rules.read(example.read(places.RULES), places.RULES).spec
    files = acts.limit(example, "quality", "auc", 0.99)
    tree = Tree(example.git, write_tree(example.git, example.main, files))
    digests = spec.model_copy(update={"rules": rule_digests(tree)})
    rules = Rules.of("rules", digests).write()
    put(example, {**files, places.RULES: rules, **rules_approvals(example, sha256(rules))})
    assert code(example) == "RULE_FAIL"


def test_numbers_belong_to_a_log(example: World) -> None:
    entry = example.read(places.entry(MODEL)).replace(b"replaces: 0", b"replaces: 1")
    put(example, {places.entry(MODEL): entry})
    assert code(example) == "ENTRY_NOT_REBUILT"
