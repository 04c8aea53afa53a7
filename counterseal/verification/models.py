"""What a change does to models: promote, restore, retire, or bring back what serves already.

A change of a dataset concerns every model that learns from it. For each model concerned, by what the log knows of its
entry:

* gone           → retire: the tier's quorum, and nothing but approvals left behind
* the live one   → nothing new, if all its files are as they were
* recorded once  → restore: exactly the recorded files, by one operator if it undoes the last promotion, else by the
  tier's quorum; no rule that blocks restores fails, with the vulnerabilities known at M^1
* never recorded → promote: the whole proof, the rules at M^1, the tier's quorum, no author among the approvers, one
  human more if a bot wrote spec or data, and in the highest tier somebody who found the same metrics again

A failure that a waiver at M^1 covers is let through, and stays a failure that says who carries it. Of several models
each is judged, also after one was refused: whoever mends a proposal hears all of it at once, and nobody that it holds.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import OPERATOR
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, Verdict, refuse
from counterseal.verification import data_files, diagnosis, inforce, quorum
from counterseal.verification.as_of import judge_proof, known_today, pipeline_of, proof_as_of, verified
from counterseal.verification.authorship import proof_blobs
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Admission, Ground
from counterseal.verification.judgement import apply_waivers, idle_waivers
from counterseal.verification.quorum import Asked
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.documents.approval import ApprovalSpec
    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Tier
    from counterseal.values.finding import Finding
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.log import Log
    from counterseal.verification.quorum import QuorumResult


def admit_models(ground: Ground) -> Admission:
    """Judge a change in the area *model*; raise Refused if one of its models may not stand."""
    data_files.check_paths(ground)
    try:
        return _admit_models(ground)
    except Refused as refusal:
        raise diagnosis.explained(ground, refusal) from refusal


def _admit_models(ground: Ground) -> Admission:
    data_files.check_data_files(ground)
    log = ground.log
    refusals: list[Refused] = []
    for model in concerned(ground):
        try:
            promotion = _Case(ground, log, model).decide()
        except Refused as refusal:
            refusals.append(refusal)
        else:
            log = log.with_(promotion) if promotion else log
    if refusals:
        raise refusals[0] if len(refusals) == 1 else Refused(*(item for one in refusals for item in one.findings))
    return ground.admission(*(record.promotion for record in log.records[len(ground.log.records) :]))


def concerned(ground: Ground) -> list[str]:
    """Return the models whose own files change, and those that learn from a dataset that changes."""
    direct = {model for path in ground.scope.paths if (model := places.model_of(path))}
    datasets = {path.split("/")[1] for path in ground.scope.paths if path.startswith("datasets/")}
    return sorted(direct | _learners(ground.after, datasets))


def _learners(tree: Tree, datasets: set[str]) -> set[str]:
    """Return the models that learn from one of some datasets; a spec that cannot name any is not looked into."""
    specs = tree.contents(places.SPECS) if datasets else {}
    naming = [path for path, data in specs.items() if b"\\" in data or any(name.encode() in data for name in datasets)]
    learning = {places.model_of(path) for path in naming if tree.document(ModelSpec, path).spec.dataset in datasets}
    return {model for model in learning if model and tree.blob(places.entry(model))}


class _Case:
    """One model of one change."""

    def __init__(self, ground: Ground, log: Log, model: str) -> None:
        self.ground, self.log, self.model = ground, log, model
        self.folder = places.approvals(model)
        self.live, self.last = log.live(model), log.last(model)

    def decide(self) -> Promotion | None:
        raw = self.ground.after.read(places.entry(self.model))
        if raw is None:
            return self.retire()
        digest = sha256(raw)
        if self.live and digest == self.live.entry:
            self.unchanged(self.live)
            return None
        recorded = [p for p in self.log.of(self.model) if p.kind == "promote" and p.entry == digest]
        return self.restore(recorded[-1], digest) if recorded else self.promote(digest)

    def unchanged(self, live: Promotion) -> None:
        before = Tree(self.ground.git, live.commit)
        if proof_blobs(self.ground.after, self.model) != proof_blobs(before, self.model):
            raise diagnosis.Mixture(self.ground, self.log, live).not_live()
        quorum.read_approvals(self.ground.after, self.folder, self.ground.trust)  # what is none must not lie there
        mend = "every model that learns from it must be made again in the same change"
        self.check_dataset(live, before, mend)

    def check_dataset(self, promotion: Promotion, before: Tree, mend: str) -> None:
        where = places.spec(self.model)
        path = places.dataset(ModelSpec.read(before.need(where), where).spec.dataset)
        if self.ground.after.read(path) != before.read(path):
            expected = f"the description that promotion {promotion.number} of {self.model} was made from"
            raise refuse("DATASET_NOT_OF_TREE", path, expected, "another", mend)

    def retire(self) -> Promotion:
        if left := proof_blobs(self.ground.after, self.model):
            mend = "run the pipeline (`counterseal run`), or remove all of the model's files"
            raise refuse("ENTRY_MISSING", next(iter(left)), places.entry(self.model), "none", mend)
        if self.live is None:
            mend = "take its files out of the proposal, or run the pipeline (`counterseal run`)"
            raise refuse("NOTHING_TO_RETIRE", self.model, "a model that serves", "none", mend)
        number = self.live.number
        asked = self.tier_quorum(self.entry_of(self.live).spec.tier)
        purpose = diagnosis.of_retirement(self.log, self.live)
        result = self.count(lambda a: a.decision == "retire" and a.from_ == number, asked, frozenset(), purpose)
        return self.promotion("retire", approvals=result.digests)

    def restore(self, target: Promotion, digest: str) -> Promotion:
        last = self.last
        if last is None:
            raise refuse("RESTORE_OF_UNKNOWN", self.model, "a model the log knows", "none")
        self.check_restorable(target)
        fast = last.kind == "promote" and self.log.replaced_by(last) == target.number
        tier = self.entry_of(target).spec.tier
        asked = Asked((OPERATOR,)) if fast else self.tier_quorum(tier)
        result = self.count(
            lambda a: a.decision == "restore" and (a.from_, a.to) == (last.number, target.number),
            asked,
            frozenset(),
            diagnosis.of_restore(self.log, target, last, fast=fast),
        )
        return self.promotion("restore", entry=digest, restores=target.number, approvals=result.digests)

    def check_restorable(self, target: Promotion) -> None:
        before, where = Tree(self.ground.git, target.commit), places.entry(self.model)
        if proof_blobs(self.ground.after, self.model) != proof_blobs(before, self.model):
            raise diagnosis.Mixture(self.ground, self.log, target).not_exact()
        again = diagnosis.rollback_command(self.model, target.number)
        self.check_dataset(target, before, f"it changed since: `{again}` returns it too")
        if target.number in self.ground.trust.spec.withdrawn:
            found, mend = f"promotion {target.number}, which was taken back", self.safe_targets()
            raise refuse("WITHDRAWN", where, "a promotion that may serve", found, mend)
        self.check_uncompromised(target)
        judged = self.waived(known_today(self.ground.git, self.ground.book, self.proof_as_of(target), self.snapshot()))
        blocking = [outcome for outcome in judged.failures if outcome.on_restore == "block"]
        if blocking:
            raise Refused(*(outcome.finding(where) for outcome in blocking), *self.idle_waivers(judged))
        self.ground.judgements[self.model] = judged

    def check_uncompromised(self, target: Promotion) -> None:
        keys = self.ground.full_trust.compromised_at(target.number)
        try:
            admit_without(self.ground.git, self.ground.roots, self.log, target, keys)
        except Refused as refusal:
            where, found = places.entry(self.model), f"promotion {target.number}, without it: {refusal.code}"
            expected = "a promotion that holds without the key"
            raise refuse("COMPROMISED", where, expected, found, self.safe_targets()) from refusal

    def safe_targets(self) -> str:
        return f"`{diagnosis.rollback_command(self.model)}` lists the promotions that are safe to return to"

    def proof_as_of(self, target: Promotion) -> Proof:
        return proof_as_of(self.ground, self.log, target)

    def promote(self, digest: str) -> Promotion:
        ground = self.ground
        where = places.entry(self.model)
        self.check_not_expired()
        entry = ground.after.document(RegistryEntry, where)
        pipeline = pipeline_of(ground, self.log, entry.spec.materials.code)
        proof = verified(ground, pipeline, self.log, self.model, self.log.replaces(self.model))
        judged = self.waived(judge_proof(ground.git, ground.book, proof))
        ground.proofs[self.model], ground.judgements[self.model] = proof, judged
        if judged.verdict is Verdict.FAIL:
            raise Refused(*judged.findings(where), *self.idle_waivers(judged))
        reviews = (*judged.reviews, *self.lowered_facts(proof))
        asked = Asked.to_promote(ground.trust, entry.spec.tier, reviews, self.bots())
        authors = ground.authors | self.writers(ground.merge.parents[0], *places.of_model(self.model))
        result = self.count(lambda a: a.decision == "promote" and a.entry == digest, asked, authors)
        return self.promotion("promote", entry=digest, approvals=result.digests)

    def waived(self, judged: Judgement) -> Judgement:
        """Mark what the waivers on main, as it was, let through."""
        return apply_waivers(judged, self.waivers.counted, self.model, self.ground.now)

    def idle_waivers(self, judged: Judgement) -> tuple[Finding, ...]:
        """Return why the waivers of this model did not help."""
        idle = idle_waivers(judged, self.waivers.counted, self.model, self.ground.now)
        return (*idle, *self.waivers.ignored)

    @cached_property
    def waivers(self) -> inforce.Waivers:
        ground = self.ground
        return inforce.waivers_at(ground.git, ground.roots, ground.log, ground.merge.parents[0], ground.now)

    def snapshot(self) -> inforce.Snapshot | None:
        ground = self.ground
        return inforce.snapshot_at(ground.git, ground.roots, ground.log, ground.merge.parents[0], ground.now)

    def check_not_expired(self) -> None:
        spec = self.ground.trust.spec
        if spec.expires < self.ground.now:
            where, when = places.trust(spec.version), f"one that expired on {spec.expires:%Y-%m-%d}"
            mend = "the roots sign a new version; what serves goes on, and restores are allowed"
            raise refuse("TRUST_EXPIRED", where, "a trust that has not expired, to promote by", when, mend)

    def lowered_facts(self, proof: Proof) -> tuple[str, ...]:
        before = self.spec_before()
        lowered = proof.spec.spec.facts.lowered_since(before.spec.facts) if before else ()
        return tuple(f"tier/{name}-lowered" for name in lowered)

    def spec_before(self) -> ModelSpec | None:
        """Return the spec that served last; None if none ever did."""
        known = [promotion for promotion in self.log.of(self.model) if promotion.entry]
        path = places.spec(self.model)
        return ModelSpec.read(Tree(self.ground.git, known[-1].commit).need(path), path) if known else None

    def writers(self, upto: str, *files: str) -> frozenset[str]:
        """Return who wrote some of the model's files, or of its data, since a record of the model saw them last."""
        where = places.spec(self.model)
        dataset = ModelSpec.read(self.ground.after.need(where), where).spec.dataset
        genesis, before = self.log.records[0].promotion, self.spec_before()
        last = self.last or genesis
        seen = last if before and before.spec.dataset == dataset else genesis
        since = {last.commit: [*files]}
        since.setdefault(seen.commit, []).append(places.dataset(dataset, ""))
        wrote = self.ground.authorship.since
        return frozenset().union(*(wrote(start, upto, paths) for start, paths in since.items()))

    def bots(self) -> frozenset[str]:
        """Return the bots among those who wrote the spec or the data; one that the trust let go since is still one."""
        ever = (self.ground.full_trust, *self.ground.authorship.former)
        listed = frozenset(name for trust in ever for name, person in trust.spec.people.items() if person.bot)
        return listed & self.writers(self.ground.merge.oid, places.spec(self.model)) if listed else listed

    def entry_of(self, promotion: Promotion) -> RegistryEntry:
        where = places.entry(self.model)
        return Tree(self.ground.git, promotion.commit).document(RegistryEntry, where)

    def tier_quorum(self, tier: Tier) -> Asked:
        return Asked(self.ground.trust.spec.quorums[tier])

    def count(
        self, binds: Callable[[ApprovalSpec], bool], asked: Asked, authors: frozenset[str], purpose: str = ""
    ) -> QuorumResult:
        ground, model = self.ground, self.model
        approvals = quorum.read_approvals(ground.after, self.folder, ground.trust)
        result = quorum.count(
            approvals, lambda a: a.model == model and binds(a), asked, ground.trust, authors, ground.now
        )
        ground.quorums[model] = result
        try:
            return quorum.demand(result, self.folder)
        except Refused as refusal:
            inert = {item.person for item in approvals} - {item.person for item in result.counted} - set(result.ignored)
            raise diagnosis.wanting(refusal, purpose, inert) if purpose else refusal from None

    def promotion(self, kind: str, **facts: object) -> Promotion:
        return self.ground.promotion(self.log, kind=kind, model=self.model, **facts)


def admit_without(git: Git, roots: Roots, log: Log, promotion: Promotion, keys: frozenset[str]) -> None:
    """Admit a model's promotion again without some keys, if there are any; raise Refused if it needs them."""
    if keys:
        merge = read_commit(git, promotion.commit)
        admit_models(Ground(git, roots, log.before(promotion), merge, promotion.time, keys))
