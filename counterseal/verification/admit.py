"""``admit``: may this merge stand, and what does it promote? One function for gate, promoter, server and auditor.

In order, for a merge M onto main, judged by the trust and the rules at M^1, never by the change itself:

* M has two parents, the first is main, and its tree is what ``git merge-tree`` makes of them;
* paths, modes and letters are allowed, and all lie in one area;
* every commit it brings is signed by someone trusted, or proves itself, and none has data in it that is not public;
* then the area's own rules: trust by root signatures, rules, code and waivers by their quorums, advisories by rising
  dates, and models one by one: promote, restore, retire, or nothing new (``models.py``).

Whatever does not hold is raised as Refused; an Admission is a yes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.codeowners import render
from counterseal.documents.rules import Rules
from counterseal.documents.trust_chain import check_step, open_version
from counterseal.values.finding import Refused, refuse
from counterseal.verification import rulebook, shape, trustline
from counterseal.verification.areas import area_of, change_digest
from counterseal.verification.commit import read_commit
from counterseal.verification.data_files import check_brought_data
from counterseal.verification.ground import Admission, Ground
from counterseal.verification.inforce import admit_advisories, admit_waivers
from counterseal.verification.judgement import check_policy
from counterseal.verification.models import admit_models

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.policy import Policy, TierPolicy
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log
    from counterseal.verification.rulebook import RuleBook
    from counterseal.verification.tree import Tree


def admit(git: Git, roots: Roots, log: Log, merge: str, now: datetime) -> Admission:
    """Judge one merge; raise Refused if it may not stand."""
    return judge_ground(Ground(git, roots, log, read_commit(git, merge), now))


def judge_ground(ground: Ground) -> Admission:
    """Judge a merge whose ground is laid; what was found on the way stays in the ground, also after a refusal."""
    shape.check(ground)
    check_brought_data(ground)
    return _AREAS[ground.scope.area](ground)


def _trust(ground: Ground) -> Admission:
    expected = places.trust(ground.trust.spec.version + 1)
    if [path for path in ground.scope.paths if area_of(path) == "trust"] != [expected]:
        raise refuse("TRUST_STEP", places.TRUST_FOLDER, f"{expected} and no other", ", ".join(ground.scope.paths))
    new, _ = open_version(ground.after.need(expected), expected)
    check_step(trustline.chain_at(ground.before, ground.roots), new, ground.roots, expected)
    check_codeowners(ground.after, new)
    trustline.require_layout(ground.after, rulebook.load(ground.after).pipeline, new)
    _check_layouts(ground, new)
    trustline.chain_at(ground.after, ground.roots)  # last, so that only signatures are missing where it refuses
    return ground.admission()


def _check_layouts(ground: Ground, trust: Trust) -> None:
    """Refuse a file among the layouts that the layout key did not sign: it could never be removed again."""
    for path in ground.scope.paths:
        if path.startswith(f"{places.LAYOUTS}/"):
            trustline.read_layout(ground.after, path, trust)


def _rules(ground: Ground) -> Admission:
    book = rulebook.load(ground.after)
    spec, live = book.rules.spec, ground.log.rules().number
    before = Rules.read(ground.before.need(places.RULES), places.RULES).spec
    if spec.replaces != live or spec.version <= before.version or spec.log_id != before.log_id:
        mend = "rules only go forward: propose the old text as a new version"
        expected = f"version > {before.version} that replaces {live}"
        raise refuse("RULES_REPLACES", places.RULES, expected, f"version {spec.version}, {spec.replaces}", mend)
    if spec.code[0] != ground.after.code():
        mend = "name the tree's own code first"
        raise refuse("RULES_CODE_NOT_TREE", places.RULES, "the code of this very tree, first", "other code", mend)
    _check_policies(book)
    trustline.require_layout(ground.after, book.pipeline, ground.trust)
    _check_layouts(ground, ground.trust)
    check_codeowners(ground.after, ground.trust)
    _check_approval_files(ground)
    result = shape.count(ground, "rules", places.RULES_APPROVALS, book.digest)
    if ground.scope.unnamed_code:
        rest = [change for change in ground.changes if change.path in ground.scope.unnamed_code]
        shape.count(ground, "code", places.CODE_APPROVALS, change_digest(rest))
    facts = {"kind": "rules", "entry": book.digest, "approvals": result.digests}
    return ground.admission(ground.promotion(ground.log, **facts))


def _check_policies(book: RuleBook) -> None:
    """Refuse rules that cannot be asked: they would fail every model, or judge by half."""
    asked: dict[str, Policy | TierPolicy] = {**book.policies, places.TIER_RULE: book.tier}
    findings = [
        finding for name, policy in asked.items() for finding in check_policy(policy, places.rule(name, "policy.yaml"))
    ]
    if findings:
        raise Refused(*findings)


def _code(ground: Ground) -> Admission:
    shape.count(ground, "code", places.CODE_APPROVALS, change_digest(ground.changes))
    return ground.admission()


def _check_approval_files(ground: Ground) -> None:
    """Refuse what lies among the approvals and is none: no signature would bind it."""
    for path in ground.scope.paths:
        folder, _, name = path.rpartition("/")
        if path.startswith(f"{places.RULES_APPROVALS}/") and (
            folder not in (places.RULES_APPROVALS, places.CODE_APPROVALS) or not name.endswith(".yaml")
        ):
            raise refuse("UNKNOWN_PATH", path, f"{places.RULES_APPROVALS}/<person>.yaml", "another path")


_AREAS = {
    "trust": _trust,
    "rules": _rules,
    "code": _code,
    "waivers": admit_waivers,
    "advisories": admit_advisories,
    "model": admit_models,
}


def check_codeowners(tree: Tree, trust: Trust) -> None:
    """Refuse a tree whose CODEOWNERS is not the one the trust gives."""
    if tree.read(places.CODEOWNERS) != render(trust):
        mend = "take it from main; with a trust change, `counterseal trust …` writes the one it gives"
        raise refuse("CODEOWNERS_DRIFT", places.CODEOWNERS, "the owners that the trust gives", "others", mend)


def fold(git: Git, roots: Roots, log: Log, main: str, now: datetime) -> tuple[Log, dict[str, Refused]]:
    """Add the admissible merges since the last record, provisionally; return the log and the merges skipped, with why.

    A merge that the promoter must refuse is skipped here too, and stays skipped once a later number is recorded.
    """
    skipped: dict[str, Refused] = {}
    for merge in _unrecorded(git, log, main):
        try:
            promotions = admit_standing(git, roots, log, merge, now).promotions
        except Refused as refusal:
            skipped[merge] = refusal
            continue
        for promotion in promotions:
            log = log.with_(promotion)
    return log, skipped


def admit_standing(git: Git, roots: Roots, log: Log, merge: str, now: datetime) -> Admission:
    """Judge a merge that main has already.

    One that makes no record has no time of its own, but it came after the record before it: approvals of it that lapsed
    since then took nothing back.
    """
    ground = Ground(git, roots, log, read_commit(git, merge), now)
    is_merge = len(ground.merge.parents) == 2  # noqa: PLR2004 (main and the proposal)
    if is_merge and ground.scope.area not in ("model", "rules"):
        ground = replace(ground, since=log.standing[-1].time)
    return judge_ground(ground)


def _unrecorded(git: Git, log: Log, main: str) -> list[str]:
    """Return the merges after the last one recorded; a record of something that main lacks is no place to start."""
    recorded = {promotion.commit for promotion in log.standing}
    return list(takewhile(lambda oid: oid not in recorded, git.line(main)))[::-1]
