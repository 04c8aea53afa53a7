"""The whole log, judged again, offline, from the root keys alone.

Two questions a record, never mixed: was it rightly made, and does it still hold today? Only what was rightly made is
asked the second, and says whose approvals counted. Merges that have no record follow, each with why. What no clone can
show is listed (``UNCHECKED``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import quorum, rulebook, trustline
from counterseal.verification.admit import admit_standing
from counterseal.verification.as_of import proof_as_of
from counterseal.verification.commit import read_commit
from counterseal.verification.follow import check_again, check_genesis
from counterseal.verification.ground import Ground
from counterseal.verification.inforce import in_force
from counterseal.verification.log import read_log
from counterseal.verification.standing import Today, holding
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log, Record


UNCHECKED = (
    "whether a newer log exists elsewhere: compare the last number with another clone's, or with a server's",
    "the times: they are the promoter's word, and only never go back",
    "that whoever approved looked at what they signed, and that their keys were in their own hands",
    "that the pipeline ran as CI signed it did: run it again (`counterseal run`) and compare",
    "the forge's own protections: nothing here relies on them",
    "objects that git alone walked through history, if this was copied and not cloned: `git fsck` does",
)


@dataclass(frozen=True)
class Line:
    """One record, or one merge that has none: how it was made, and how it stands today.

    ``today`` is asked of promotes and restores alone; ``version`` and ``approvers`` are known of what was rightly made.
    """

    number: int | None
    kind: str
    model: str | None
    commit: str
    time: datetime | None
    then: Verdict
    today: Verdict | None
    findings: tuple[Finding, ...] = ()
    void: bool = False
    restores: int | None = None
    version: int | None = None
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """Every record, then every merge that the log skipped; truthy if each record was rightly made."""

    lines: tuple[Line, ...]
    skipped: tuple[Line, ...]
    log: Log

    def __bool__(self) -> bool:
        """Say whether every record holds as of its time."""
        return bool(self.lines) and all(line.then is Verdict.PASS for line in self.lines)


def verify_history(git: Git, roots: Roots, main: str, promotions: str, now: datetime) -> History:
    """Judge every record again; raise Refused if the trust or the log's chain do not hold."""
    return _Review(git, roots, main, promotions, now).history()


class _Review:
    """One walk over the whole log, and over the merges of main that it lacks."""

    def __init__(self, git: Git, roots: Roots, main: str, promotions: str, now: datetime) -> None:
        self.git, self.roots, self.main, self.now = git, roots, main, now
        self.trust = trustline.trust_at(Tree(git, main), roots)
        self.log = read_log(git, promotions, main, roots)
        trustline.check_kept(git, self.log.records[0].promotion.commit, main)
        check_genesis(git, self.log)
        self.on_main = git.first_parents(None, main)
        self.line = frozenset(self.on_main)

    def history(self) -> History:
        made = {record.promotion.number: self.made(record) for record in self.log.records}
        sound = [p for p in self.log.standing if p.kind in ("genesis", "rules") and made[p.number].then is Verdict.PASS]
        book = rulebook.load(Tree(self.git, sound[-1].commit))
        judges = Today(self.trust, book, in_force(self.git, self.roots, self.log, self.main, self.now))
        lines = [self.today(made[record.promotion.number], record, judges) for record in self.log.records]
        recorded = {promotion.commit for promotion in self.log.standing}
        skipped = [self.skipped(oid) for oid in self.after_genesis() if oid not in recorded]
        return History(tuple(lines), tuple(item for item in skipped if item), self.log)

    def made(self, record: Record) -> Line:
        """Judge how a record was made."""
        promotion = record.promotion
        facts = (promotion.number, promotion.kind, promotion.model, promotion.commit, promotion.time)
        if record.void:
            void = Finding("VOID", places.record(promotion.number), "a record that counts", "one that the roots voided")
            return Line(*facts, Verdict.PASS, None, (void,), void=True)
        try:
            if promotion.number > 0:
                check_again(self.git, self.roots, self.log, promotion, self.line)
        except Refused as refusal:
            return Line(*facts, Verdict.FAIL, None, refusal.findings)
        names, version = approvers(self.git, self.roots, promotion), _version(self.git, promotion)
        return Line(*facts, Verdict.PASS, None, restores=promotion.restores, version=version, approvers=names)

    def today(self, line: Line, record: Record, judges: Today) -> Line:
        """Judge how a record that was rightly made stands today."""
        promotion = record.promotion
        if record.void or line.then is not Verdict.PASS or promotion.kind not in ("promote", "restore"):
            return line
        merge = read_commit(self.git, promotion.commit)
        ground = Ground(self.git, self.roots, self.log.before(promotion), merge, promotion.time)
        proof = proof_as_of(ground, self.log, self.log.origin(promotion))
        found = holding(self.git, self.roots, self.log, promotion, judges, proof).at(self.now)
        verdict = Verdict.FAIL if found.stops else Verdict.REVIEW if found.warnings else Verdict.PASS
        return replace(line, today=verdict, findings=found.stops or found.warnings)

    def after_genesis(self) -> list[str]:
        genesis = self.log.records[0].promotion.commit
        return self.on_main[self.on_main.index(genesis) + 1 :] if genesis in self.line else self.on_main

    def skipped(self, oid: str) -> Line | None:
        """Judge a merge without a record; None for one that needs none."""
        try:
            admission = admit_standing(self.git, self.roots, self.before(oid), oid, self.now)
        except Refused as refusal:
            return Line(None, "refused", None, oid, None, Verdict.FAIL, None, refusal.findings)
        if not admission.promotions:
            return None
        made = admission.promotions[0]
        unrecorded = Finding("UNRECORDED", oid[:12], "a record on the branch promotions", "none", "run the promoter")
        return Line(None, made.kind, made.model, oid, None, Verdict.PASS, None, (unrecorded,))

    def before(self, oid: str) -> Log:
        """Return the log as it was when a merge was judged: up to the last record of a merge before it."""
        return self.log.after(set(self.on_main[: self.on_main.index(oid)]))


def approvers(git: Git, roots: Roots, promotion: Promotion) -> tuple[str, ...]:
    """Return who countersigned a promotion, by the digests that its record names; sorted."""
    if promotion.kind == "genesis":
        return tuple(sorted(roots.spec.keys))
    tree = Tree(git, promotion.commit)
    folder = places.approvals(promotion.model) if promotion.model else places.RULES_APPROVALS
    found = quorum.read_approvals(tree, folder, trustline.trust_at(tree, roots))
    return tuple(sorted(item.person for item in found if item.digest in promotion.approvals))


def _version(git: Git, promotion: Promotion) -> int | None:
    if not promotion.model or not promotion.entry:
        return None
    where = places.entry(promotion.model)
    return RegistryEntry.read(Tree(git, promotion.commit).need(where), where).spec.version
