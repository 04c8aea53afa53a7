"""``log: none``: what a tree proves by itself, as the shipped example has it, and what that leaves unchecked.

The tree is judged by its own trust and rules: signatures, digests, links, Statements, rules, quorums. There is no
order in a tree: no promotion numbers, no times, no authors, no restores; ``replaces`` is 0 everywhere, and no champion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, Verdict, refuse
from counterseal.verification import quorum, rulebook, trustline
from counterseal.verification.admit import check_codeowners
from counterseal.verification.champion import NOBODY
from counterseal.verification.evidence import Judge, verify_proof
from counterseal.verification.judgement import judge

if TYPE_CHECKING:
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.rulebook import RuleBook
    from counterseal.verification.tree import Tree

UNCHECKED = (
    "when anything was signed or merged: there is no promotion log",
    "who wrote the commits (a bot, perhaps), and that no author approved their own work",
    "that nothing newer was taken back: a tree does not know its successors",
    "that a model is no worse than what served before it: a tree does not know that either",
    "that this code is the code that made the evidence",
)


def check_trust(tree: Tree, roots: Roots) -> tuple[Trust, RuleBook]:
    """Check trust, rules and their approvals; raise Refused if the tree's log mode is not ``none``."""
    trust = trustline.trust_at(tree, roots)
    where = places.trust(trust.spec.version)
    if trust.spec.log != "none":
        mend = "fetch the branch `promotions` too; a tree alone proves nothing under log: required"
        raise refuse("LOG_MISSING", where, "the promotion log", "a tree alone", mend)
    book = rulebook.load(tree)
    approvals = quorum.read_approvals(tree, places.RULES_APPROVALS, trust)
    result = quorum.count(
        approvals,
        lambda a: a.decision == "rules" and a.entry == book.digest,
        quorum.Asked(trust.spec.quorums["rules"]),
        trust,
        frozenset(),
        None,
    )
    quorum.demand(result, places.RULES)
    check_codeowners(tree, trust)
    return trust, book


def check_model(tree: Tree, model: str, trust: Trust, book: RuleBook) -> tuple[Proof, Judgement, quorum.QuorumResult]:
    """Check one model's proof, the rules and its approvals; raise Refused if any does not hold."""
    where = places.entry(model)
    entry = tree.document(RegistryEntry, where)
    if entry.spec.materials.code not in book.rules.spec.code:
        raise refuse("CODE_NOT_NAMED_BY_RULES", where, "evidence by code that the rules name", "by other code")
    proof = verify_proof(tree, model, Judge(trust, book.pipeline, book.tier, 0, NOBODY))
    judged = judge(book.policies, proof.evidence)
    if judged.verdict is Verdict.FAIL:
        raise Refused(*judged.findings(where))
    digest = sha256(tree.need(where))
    folder = places.approvals(model)
    result = quorum.count(
        quorum.read_approvals(tree, folder, trust),
        lambda a: a.decision == "promote" and (a.model, a.entry) == (model, digest),
        quorum.Asked.to_promote(trust, entry.spec.tier, judged.reviews),
        trust,
        frozenset(),
        None,
    )
    return proof, judged, quorum.demand(result, folder)
