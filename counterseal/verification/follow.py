"""What may serve: the log followed from the root keys to each model's bytes, for a server that trusts nobody's word.

In order: trust and layouts were never taken away; the log's chain holds; every rules record, and each model's last
record, is
admitted again on its own merge at its own time, and says what the record says; then the model stands by today's trust,
rules, waivers and advisories.
``restored`` bytes are those at the record's merge. Under ``log: none`` a tree is judged by itself (``plain_tree``).

Only the last step asks the time. ``Snapshot.at`` takes it again at another time, and reads nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.values.finding import Finding, Refused, refuse
from counterseal.verification import inforce, plain_tree, quorum, rulebook, trustline
from counterseal.verification.admit import admit
from counterseal.verification.as_of import proof_as_of
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Ground
from counterseal.verification.log import read_head, read_log
from counterseal.verification.objects import MAX_SMALL
from counterseal.verification.registry import registry
from counterseal.verification.standing import Holding, Today, expired, holding, marked
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from counterseal.documents.baseline import Baseline
    from counterseal.documents.golden import Golden
    from counterseal.documents.policy import DriftPolicySpec
    from counterseal.documents.portable.model import PortableModel
    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log
    from counterseal.verification.rulebook import RuleBook


@dataclass(frozen=True)
class Served:
    """A model that may serve, the bytes it was read from, and everything a receipt says of it."""

    model: str
    number: int
    kind: str
    version: int
    tier: str
    entry: str
    commit: str
    approvers: tuple[str, ...]
    dataset: str
    time: datetime
    model_json: bytes
    portable: PortableModel
    baseline: Baseline
    golden: Golden
    drift: DriftPolicySpec
    warnings: tuple[Finding, ...] = ()
    sandbox: bool = False

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of model.json."""
        return sha256(self.model_json)


@dataclass(frozen=True)
class Stopped:
    """A model that may not serve, and why."""

    model: str
    number: int
    retired: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Snapshot:
    """Everything that may serve at one point of main, at one time; ``head`` is when the promoter last spoke."""

    main: str
    promotions: str | None
    number: int
    trust: int
    models: Mapping[str, Served | Stopped]
    warnings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()
    head: datetime | None = None
    again: Callable[[datetime], Snapshot] | None = field(default=None, compare=False, repr=False)

    def at(self, now: datetime) -> Snapshot:
        """Return what may serve at another time, at the same point of main."""
        return self.again(now) if self.again else self


@dataclass(frozen=True)
class _Held:
    """A model whose last record holds: what serves if today's judges let it."""

    served: Served
    holding: Holding

    def at(self, now: datetime) -> Served | Stopped:
        served, today = self.served, self.holding.at(now)
        if not today:
            return Stopped(served.model, served.number, retired=False, findings=today.stops)
        sandbox = bool(self.holding.today.trust.spec.sandbox)
        return replace(served, warnings=(*served.warnings, *today.warnings), sandbox=sandbox)


@dataclass(frozen=True)
class _Followed:
    """Everything that a walk found; what it means depends on the time alone."""

    snapshot: Snapshot
    today: Today
    models: Mapping[str, _Held | Stopped]

    def at(self, now: datetime) -> Snapshot:
        models = {name: item.at(now) if isinstance(item, _Held) else item for name, item in self.models.items()}
        trust = self.today.trust
        warnings = (*marked(trust), *self.today.in_force.findings, *expired(trust, now))
        return replace(self.snapshot, models=models, warnings=warnings, again=self.at)


def follow(git: Git, roots: Roots, main: str, promotions: str | None, now: datetime) -> Snapshot:
    """Return what may serve; raise Refused if trust, rules or log do not hold."""
    tree = Tree(git, main)
    chain = trustline.chain_at(tree, roots)
    if chain[-1].spec.log == "none" and promotions is None:
        return _plain(tree, roots, now).at(now)
    if promotions is None:
        raise refuse("LOG_MISSING", places.PROMOTIONS, "the branch promotions", "none", "fetch it")
    return _Following(git, roots, main, promotions, chain, now).followed().at(now)


class _Following:
    """One walk along the log."""

    def __init__(
        self, git: Git, roots: Roots, main: str, promotions: str, chain: tuple[Trust, ...], now: datetime
    ) -> None:
        self.git, self.roots, self.main, self.promotions = git, roots, main, promotions
        self.chain, self.trust = chain, chain[-1]
        self.log = read_log(git, promotions, main, roots)
        self.line = frozenset(git.first_parents(None, main))
        self.book = self.live_rules()
        self.today = Today(self.trust, self.book, inforce.in_force(git, roots, self.log, main, now))

    def followed(self) -> _Followed:
        trustline.check_kept(self.git, self.log.records[0].promotion.commit, self.main)
        head = read_head(self.git, self.promotions, self.log, *self.chain)
        models = {model: self.model(model) for model in self.log.models()}
        point = Snapshot(self.main, self.promotions, head.number, self.trust.spec.version, {}, head=head.time)
        return _Followed(point, self.today, models)

    def live_rules(self) -> RuleBook:
        check_genesis(self.git, self.log)
        for promotion in self.log.standing:
            if promotion.kind == "rules":
                check_again(self.git, self.roots, self.log, promotion, self.line)
        return rulebook.load(Tree(self.git, self.log.rules().commit))

    def model(self, model: str) -> _Held | Stopped:
        """Follow a model to its last valid record; records that do not hold are passed over, and warned of."""
        bogus: list[Finding] = []
        for promotion in reversed(self.log.of(model)):
            try:
                check_again(self.git, self.roots, self.log, promotion, self.line)
                return self.held(model, promotion, tuple(bogus))
            except Refused as refusal:
                bogus.extend(refusal.findings)
        return Stopped(model, self.log.of(model)[-1].number, retired=False, findings=tuple(bogus))

    def held(self, model: str, last: Promotion, bogus: tuple[Finding, ...]) -> _Held | Stopped:
        if last.kind == "retire":
            finding = Finding("RETIRED", f"promotion {last.number}", "a model that serves", "one that was retired")
            return Stopped(model, last.number, retired=True, findings=(finding,))
        merge = read_commit(self.git, last.commit)
        ground = Ground(self.git, self.roots, self.log.before(last), merge, last.time)
        proof = proof_as_of(ground, self.log, self.log.origin(last))
        names = _approvers(ground.after, model, ground.trust, last.approvals)
        served = _served(proof, last.number, last.kind, last.commit, last.time, names, self.book, bogus)
        return _Held(served, holding(self.git, self.roots, self.log, last, self.today, proof))


def check_genesis(git: Git, log: Log) -> None:
    """Refuse a log whose record 0 does not speak of the rules in its tree, or whose tree held models already."""
    genesis = log.records[0].promotion
    tree = Tree(git, genesis.commit)
    if rulebook.load(tree).digest != genesis.entry or genesis.tree != tree.root:
        raise refuse("GENESIS_RULES", places.record(0), "the rules in the genesis tree", "others")
    if tree.models():
        raise refuse("GENESIS_MODELS", places.record(0), "a tree without models", ", ".join(tree.models()))


def check_again(git: Git, roots: Roots, log: Log, promotion: Promotion, line: frozenset[str]) -> None:
    """Admit a recorded merge again, as of its time; raise Refused unless the record says what comes of it."""
    where = places.record(promotion.number)
    if promotion.commit not in line:
        raise refuse("RECORD_OFF_MAIN", where, "a merge on main's first-parent line", promotion.commit[:12])
    promotions = _admitted(git, roots, log.before(promotion), promotion)
    if any(promotion.trust < made.trust for made in promotions):
        found = f"signed under trust version {promotion.trust}"
        raise refuse("RECORD_KEY", where, "the promoter of a trust as new as its merge", found)
    ignored = {"previous", "trust", "number"}
    facts = promotion.model_dump(exclude=ignored)
    if facts not in [made.model_dump(exclude=ignored) for made in promotions]:
        raise refuse("RECORD_DIFFERS", where, "what the merge promotes", "something else")


def _admitted(git: Git, roots: Roots, log: Log, promotion: Promotion) -> tuple[Promotion, ...]:
    """Return what a merge promotes, worked out once: it follows from the merge, its time and the log before it."""
    key = ("admitted", roots.model_dump_json(), log.mark, promotion.commit, promotion.time)
    return git.remember(key, lambda: admit(git, roots, log, promotion.commit, promotion.time).promotions, MAX_SMALL)


def _plain(tree: Tree, roots: Roots, now: datetime) -> _Followed:
    trust, book = plain_tree.check_trust(tree, roots)
    today = Today(trust, book, inforce.of_tree(tree))
    models: dict[str, _Held | Stopped] = {}
    for model, found in sorted(registry(tree, trust, book).at(tree).items()):
        if isinstance(found, Refused):
            models[model] = Stopped(model, 0, retired=False, findings=found.findings)
            continue
        counted = found.approvals.counted
        names = tuple(item.person for item in counted)
        served = _served(found.proof, 0, "example", tree.revision, now, names, book, ())
        models[model] = _Held(served, Holding(tree.git, today, found.proof, quorum.decided_by(counted)))
    point = Snapshot(tree.revision, None, 0, trust.spec.version, {}, unchecked=plain_tree.UNCHECKED)
    return _Followed(point, today, models)


def _served(
    proof: Proof,
    number: int,
    kind: str,
    commit: str,
    time: datetime,
    approvers: tuple[str, ...],
    book: RuleBook,
    warnings: tuple[Finding, ...],
) -> Served:
    entry = proof.entry.spec
    return Served(
        model=proof.entry.metadata.name,
        number=number,
        kind=kind,
        version=entry.version,
        tier=entry.tier,
        entry=proof.digest,
        commit=commit,
        approvers=approvers,
        dataset=entry.materials.dataset,
        time=time,
        model_json=proof.model_json,
        portable=proof.model,
        baseline=proof.baseline,
        golden=proof.golden,
        drift=book.drift,
        warnings=warnings,
    )


def _approvers(tree: Tree, model: str, trust: Trust, digests: tuple[str, ...]) -> tuple[str, ...]:
    found = quorum.read_approvals(tree, places.approvals(model), trust)
    return tuple(sorted(item.person for item in found if item.digest in digests))
