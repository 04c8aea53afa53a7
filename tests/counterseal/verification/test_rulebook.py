"""The rules of a tree: everything the entry names, as it names it, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.rules import Rules
from counterseal.values.digest import sha256
from counterseal.verification import rulebook
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_tree
from tests.support.acts import refused

if TYPE_CHECKING:
    from tests.support.world import World


def load(world: World, files: dict[str, bytes | None]) -> rulebook.RuleBook:
    return rulebook.load(Tree(world.git, write_tree(world.git, world.main, files)))


def named(world: World, files: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """Return a change with an entry that names it."""
    tree = Tree(world.git, write_tree(world.git, world.main, files))
    spec = Rules.read(world.read(places.RULES), places.RULES).spec
    spec = spec.model_copy(update={"rules": rulebook.rule_digests(tree)})
    return {**files, places.RULES: Rules.of("rules", spec).write()}


def test_everything_named_is_loaded(world: World) -> None:
    book = load(world, {})
    assert book.digest == sha256(world.read(places.RULES))
    assert {*book.policies, "tier", "drift"} == set(book.rules.spec.rules)
    assert book.drift.window > 0
    assert book.pipeline.spec.steps[0].name == "validate"


@pytest.mark.parametrize("file", ["policy.yaml", "suite.yaml", "more.yaml"])
@pytest.mark.parametrize("data", [b"other\n", None])
def test_a_rule_and_its_suite_are_the_ones_named(world: World, file: str, data: bytes | None) -> None:
    path = places.rule("leakage", file)
    there = path in Tree(world.git, world.main).files(places.RULE_FOLDER)
    if data is None and not there:
        assert load(world, {}).policies["leakage"]
        return
    with refused("RULE_DIGEST"):
        load(world, {path: data})


def test_rules_that_are_not_named_and_names_without_rules_are_refused(world: World) -> None:
    one = world.read(places.rule("leakage", "policy.yaml"))
    with refused("RULE_DIGEST"):
        load(world, {places.rule("another", "policy.yaml"): one})
    gone = dict.fromkeys(Tree(world.git, world.main).files(places.rule("leakage")))
    with refused("RULE_DIGEST"):
        load(world, {**gone})
    assert "leakage" not in load(world, named(world, {**gone})).policies


def test_the_pipeline_is_the_one_named(world: World) -> None:
    with refused("PIPELINE_DIGEST"):
        load(world, {places.PIPELINE: world.read(places.PIPELINE) + b"# more\n"})


@pytest.mark.parametrize("name", ["tier", "drift"])
def test_tier_and_drift_are_there_once(world: World, name: str) -> None:
    gone = dict.fromkeys(Tree(world.git, world.main).files(places.rule(name)))
    with refused("RULES_INCOMPLETE"):
        load(world, named(world, {**gone}))
    twice: dict[str, bytes | None] = {places.rule("twice", "policy.yaml"): world.read(places.rule(name, "policy.yaml"))}
    with refused("RULES_INCOMPLETE"):
        load(world, named(world, twice))


def test_a_rule_without_a_policy_is_refused(world: World) -> None:
    with refused("MISSING_FILE"):
        load(world, named(world, {places.rule("empty", "notes.md"): b"x"}))
    with refused("INVALID_VALUE"):
        load(world, named(world, {places.rule("odd", "policy.yaml"): b"[]\n"}))


def test_a_tree_without_rules_is_refused(world: World) -> None:
    with refused("MISSING_FILE"):
        load(world, {places.RULES: None})
