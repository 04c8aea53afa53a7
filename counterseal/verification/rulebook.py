"""The rules of a tree, whole: policies/entry.yaml and everything it names, each compared with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.document import validate
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.policy import DriftPolicy, Policy, TierPolicy
from counterseal.documents.rules import Rules
from counterseal.values import strict_yaml
from counterseal.values.digest import of_files, sha256
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.policy import DriftPolicySpec
    from counterseal.verification.tree import Tree


@dataclass(frozen=True)
class RuleBook:
    """What judges: the rules document, the digest of its bytes, and the documents it names."""

    rules: Rules
    digest: str
    policies: Mapping[str, Policy]
    tier: TierPolicy
    drift: DriftPolicySpec
    pipeline: Pipeline


def rule_digests(tree: Tree) -> dict[str, str]:
    """Return rule → digest of its folder, as policies/entry.yaml lists them."""
    found: dict[str, dict[str, bytes]] = {name: {} for name in tree.names(places.RULE_FOLDER)}
    for path, content in tree.contents(places.RULE_FOLDER).items():
        name, _, file = path.removeprefix(f"{places.RULE_FOLDER}/").partition("/")
        found[name][file or name] = content
    return {name: of_files(files) for name, files in found.items()}


def load(tree: Tree) -> RuleBook:
    """Read the rules of a tree; raise Refused if a digest differs, or a rule is not named or missing."""
    of = tuple(tree.oid(path) for path in (places.RULES, places.RULE_FOLDER, places.PIPELINE))
    return tree.git.remember(("rules", *of), lambda: _load(tree))


def _load(tree: Tree) -> RuleBook:
    data = tree.need(places.RULES, "run `counterseal init`")
    rules = Rules.read(data, places.RULES)
    found = rule_digests(tree)
    for name in sorted(set(found) | set(rules.spec.rules)):
        if found.get(name) != rules.spec.rules.get(name):
            expected, got = rules.spec.rules.get(name, "no such rule"), found.get(name, "none")
            mend = "propose the rules again with `counterseal rules`, so that their quorum sees the change"
            raise refuse("RULE_DIGEST", places.rule(name), expected[:16], got[:16], mend)
    pipeline = tree.need(places.PIPELINE)
    if sha256(pipeline) != rules.spec.pipeline:
        raise refuse("PIPELINE_DIGEST", places.PIPELINE, rules.spec.pipeline[:16], sha256(pipeline)[:16])
    return _assemble(tree, rules, sha256(data), Pipeline.read(pipeline, places.PIPELINE))


def _assemble(tree: Tree, rules: Rules, digest: str, pipeline: Pipeline) -> RuleBook:
    policies: dict[str, Policy] = {}
    tiers: list[TierPolicy] = []
    drifts: list[DriftPolicySpec] = []
    for name in sorted(rules.spec.rules):
        path = places.rule(name, "policy.yaml")
        source = strict_yaml.load(tree.need(path), path)
        kind = source.value.get("kind") if isinstance(source.value, dict) else None
        if kind == TierPolicy.KIND:
            tiers.append(validate(TierPolicy, source))
        elif kind == DriftPolicy.KIND:
            drifts.append(validate(DriftPolicy, source).spec)
        else:
            policies[name] = validate(Policy, source)
    if not policies or len(tiers) != 1 or len(drifts) != 1:
        found = f"{len(policies)}, {len(tiers)} and {len(drifts)}"
        raise refuse("RULES_INCOMPLETE", places.RULES, "policies, one TierPolicy and one DriftPolicy", found)
    return RuleBook(rules, digest, policies, tiers[0], drifts[0], pipeline)
