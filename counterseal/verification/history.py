"""The whole log, judged again, offline, from the root keys alone.

Two questions a record, never mixed: was it rightly made, and does it still hold today?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import rulebook, trustline
from counterseal.verification.admit import admit
from counterseal.verification.commit import read_commit
from counterseal.verification.follow import check_again, check_genesis
from counterseal.verification.ground import Ground
from counterseal.verification.log import read_log
from counterseal.verification.models import proof_as_of
from counterseal.verification.standing import standing
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log


@dataclass(frozen=True)
class Line:
    """One record, or one merge that has none: how it was made, and how it stands today."""

    number: int | None
    kind: str
    model: str | None
    commit: str
    time: datetime | None
    then: Verdict
    today: Verdict | None
    findings: tuple[Finding, ...] = ()


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
    log = read_log(git, promotions, main, roots)
    trustline.check_kept(git, log.records[0].promotion.commit, main)
    check_genesis(git, log)
    on_main = git.first_parents(None, main)
    line = frozenset(on_main)
    lines = [_line(git, roots, log, record.promotion, line, main, now, void=record.void) for record in log.records]
    recorded = {promotion.commit for promotion in log.standing}
    start = on_main.index(log.records[0].promotion.commit) if log.records[0].promotion.commit in line else 0
    skipped = [_skipped(git, roots, log, oid, now) for oid in on_main[start + 1 :] if oid not in recorded]
    return History(tuple(lines), tuple(item for item in skipped if item), log)


def _line(
    git: Git,
    roots: Roots,
    log: Log,
    promotion: Promotion,
    on_main: frozenset[str],
    main: str,
    now: datetime,
    *,
    void: bool,
) -> Line:
    facts = (promotion.number, promotion.kind, promotion.model, promotion.commit, promotion.time)
    if void:
        return Line(*facts, Verdict.PASS, None, (Finding("VOID", places.record(promotion.number), "", "void"),))
    if promotion.kind == "genesis":
        return Line(*facts, Verdict.PASS, None)
    try:
        check_again(git, roots, log, promotion, on_main)
    except Refused as refusal:
        return Line(*facts, Verdict.FAIL, None, refusal.findings)
    today, findings = _today(git, roots, log, promotion, main, now)
    return Line(*facts, Verdict.PASS, today, findings)


def _today(
    git: Git, roots: Roots, log: Log, promotion: Promotion, main: str, now: datetime
) -> tuple[Verdict | None, tuple[Finding, ...]]:
    if promotion.kind not in ("promote", "restore"):
        return None, ()
    trust = trustline.trust_at(Tree(git, main), roots)
    book = rulebook.load(Tree(git, log.rules().commit))
    merge = read_commit(git, promotion.commit)
    ground = Ground(git, roots, log.upto(promotion.number), merge, promotion.time)
    proof = proof_as_of(ground, log, log.origin(promotion))
    found = standing(git, roots, log, promotion, trust, book, proof.evidence, now)
    if found.stops:
        return Verdict.FAIL, found.stops
    return (Verdict.REVIEW if found.warnings else Verdict.PASS), found.warnings


def _skipped(git: Git, roots: Roots, log: Log, oid: str, now: datetime) -> Line | None:
    before = _before(log, git, oid)
    try:
        admission = admit(git, roots, before, oid, now)
    except Refused as refusal:
        return Line(None, "refused", None, oid, None, Verdict.FAIL, None, refusal.findings)
    if not admission.promotions:
        return None
    finding = Finding("UNRECORDED", oid[:12], "a record on the branch promotions", "none yet", "run the promoter")
    model = admission.promotions[0].model
    return Line(None, admission.promotions[0].kind, model, oid, None, Verdict.PASS, None, (finding,))


def _before(log: Log, git: Git, oid: str) -> Log:
    """Return the log as it was when a merge was judged: the records of merges before it."""
    earlier = [r for r in log.records if r.promotion.commit != oid and git.is_ancestor(r.promotion.commit, oid)]
    return log.upto(len(earlier))
