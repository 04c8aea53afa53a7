"""A proof, verified and judged: as of then, by the trust and the rules of its own time, or with what is known today.

Each is done once for the same bytes and whatever judges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.rules import Rules
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from counterseal.verification.champion import champion
from counterseal.verification.commit import read_commit
from counterseal.verification.evidence import Judge, verify_proof
from counterseal.verification.ground import Ground
from counterseal.verification.judgement import judge
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from counterseal.documents.record import Promotion
    from counterseal.documents.rules import Code
    from counterseal.verification import inforce
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.log import Log
    from counterseal.verification.rulebook import RuleBook


def pipeline_of(ground: Ground, log: Log, code: Code) -> Pipeline:
    """Return the pipeline of one of the codes the live rules name; raise Refused for any other code."""
    book = ground.book
    if code == book.rules.spec.code[0]:
        return book.pipeline
    if code in book.rules.spec.code:
        for promotion in reversed(log.standing):
            if promotion.kind in ("genesis", "rules"):
                tree = Tree(ground.git, promotion.commit)
                if Rules.read(tree.need(places.RULES), places.RULES).spec.code[0] == code:
                    return Pipeline.read(tree.need(places.PIPELINE), places.PIPELINE)
    mend = "merge main and run the pipeline again"
    raise refuse("CODE_NOT_NAMED_BY_RULES", places.RULES, "evidence by code that the rules name", "by other code", mend)


def proof_as_of(ground: Ground, log: Log, target: Promotion) -> Proof:
    """Verify a promotion's proof again, by the trust and the rules of its own time."""
    merge = read_commit(ground.git, target.commit)
    then = Ground(ground.git, ground.roots, log.before(target), merge, target.time, ground.distrusted)
    model = target.model or ""
    where = places.entry(model)
    entry = then.after.document(RegistryEntry, where)
    pipeline = pipeline_of(then, then.log, entry.spec.materials.code)
    return verified(then, pipeline, then.log, model, entry.spec.replaces)


def verified(ground: Ground, pipeline: Pipeline, log: Log, model: str, replaces: int) -> Proof:
    """Verify a proof once for each tree and whatever judges it."""
    tree, serving = ground.after, sha256(champion(ground.git, log, model, replaces))
    how = Judge(ground.trust, pipeline, ground.book.tier, replaces, serving)
    by = tuple(document.model_dump_json() for document in (how.trust, how.pipeline, how.tier))
    key = ("proof", tree.root, model, *by, replaces, serving)
    return ground.git.remember(key, lambda: verify_proof(tree, model, how))


def judge_proof(git: Git, book: RuleBook, proof: Proof) -> Judgement:
    """Put the rules to a proof's evidence once; the digest of an entry is that of all its evidence."""
    return git.remember(("judgement", book.digest, proof.digest), lambda: judge(book.policies, proof.evidence))


def known_today(git: Git, book: RuleBook, proof: Proof, snapshot: inforce.Snapshot | None) -> Judgement:
    """Put the rules to a proof's evidence with the vulnerabilities known today, however old that knowledge is.

    Only what is known takes part: a package that the snapshot leaves out was looked up when the model was made.
    """
    if snapshot is None:
        return judge_proof(git, book, proof)
    findings = {**proof.evidence["findings"], "result": snapshot.advisories.scan(proof.evidence["bom"]).result}
    key = ("known", book.digest, proof.digest, snapshot.digest)
    return git.remember(key, lambda: judge(book.policies, {**proof.evidence, "findings": findings}))
