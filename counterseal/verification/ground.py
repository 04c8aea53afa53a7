"""What a merge is judged on: its commit, its trees before and after, the judge at M^1, the log so far, the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.record import Promotion
from counterseal.values.finding import refuse
from counterseal.verification import rulebook, trustline
from counterseal.verification.areas import Area, Scope, scope_of
from counterseal.verification.authorship import Authorship
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.commit import Commit
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Change, Git
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.log import Log
    from counterseal.verification.quorum import QuorumResult
    from counterseal.verification.rulebook import RuleBook


@dataclass(frozen=True)
class Admission:
    """A yes: the merge, its area, and the promotions it makes; many changes make none."""

    merge: str
    area: Area
    promotions: tuple[Promotion, ...] = ()
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    quorums: Mapping[str, QuorumResult] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """Everything a judgement reads; what it finds (``proofs`` and below) stays, also when it ends in a refusal.

    ``distrusted`` names keys (by id) whose signatures on evidence and approvals are not believed: how one finds out
    whether a promotion still holds without a compromised key. ``since`` is the earliest time at which the merge can
    have been made, where that is not ``now``: approvals that lapsed in between still count.
    """

    git: Git
    roots: Roots
    log: Log
    merge: Commit
    now: datetime
    distrusted: frozenset[str] = frozenset()
    proofs: dict[str, Proof] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    quorums: dict[str, QuorumResult] = field(default_factory=dict)
    since: datetime | None = None

    @cached_property
    def before(self) -> Tree:
        """Main as it was."""
        return Tree(self.git, self.merge.parents[0])

    @cached_property
    def after(self) -> Tree:
        """Main as it would be."""
        return Tree(self.git, self.merge.oid)

    @cached_property
    def trust(self) -> Trust:
        """The trust that judges evidence and approvals."""
        return self.full_trust.without(self.distrusted)

    @cached_property
    def full_trust(self) -> Trust:
        """The trust at M^1, whole; it says who wrote what."""
        return trustline.trust_at(self.before, self.roots)

    @cached_property
    def book(self) -> RuleBook:
        """The rules that judge; they must be the live ones."""
        book = rulebook.load(self.before)
        if book.digest != self.log.rules().entry:
            mend = "main holds rules that no quorum approved; revert them"
            raise refuse("RULES_NOT_LIVE", places.RULES, "the rules that the log names", "others", mend)
        return book

    @cached_property
    def changes(self) -> list[Change]:
        """What the merge changes on main."""
        return self.git.changes(self.merge.parents[0], self.merge.oid)

    @cached_property
    def scope(self) -> Scope:
        """The one area of the change."""
        return scope_of(self.changes)

    @cached_property
    def authorship(self) -> Authorship:
        """Reads who wrote what, under this trust and those before it."""
        return Authorship(self.git, self.full_trust, self.log, trustline.chain_at(self.before, self.roots)[:-1])

    @cached_property
    def authors(self) -> frozenset[str]:
        """The authors of the commits the merge brings."""
        return self.authorship.of_range(*self.merge.parents)

    def is_new(self, path: str) -> bool:
        """Say whether main never had these bytes under this path: an approval that was used once is used up."""
        changed = self.git.run("rev-list", "--first-parent", self.merge.parents[0], "--", path).split()
        return self.after.blob(path) not in {Tree(self.git, oid).blob(path) for oid in changed}

    def promotion(self, log: Log, **facts: object) -> Promotion:
        """Return the promotion that this merge makes, as the next of ``log``."""
        common = {
            "log_id": self.roots.spec.log_id,
            "number": log.next_number,
            "previous": log.records[-1].digest,
            "commit": self.merge.oid,
            "tree": self.merge.tree,
            "trust": self.trust.spec.version,
            "rules": log.rules().number,
            "time": self.now,
        }
        return Promotion.model_validate(common | facts)

    def admission(self, *promotions: Promotion) -> Admission:
        """Return the yes that this judgement came to."""
        return Admission(self.merge.oid, self.scope.area, promotions, self.judgements, self.quorums)
