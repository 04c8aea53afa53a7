"""Would this proposal be admitted? What `check` and `status` show, before anybody merges anything.

The merge that would be made is made as an object, no ref is moved, and ``admit`` judges it: there is no second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused, Verdict, refuse
from counterseal.verification import diagnosis
from counterseal.verification.admit import judge_ground
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Admission, Ground

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log

#: Refusals that more signatures mend; everything before them holds.
WAITING = ("QUORUM", "REVIEW_UNDECIDED", "SELF_APPROVAL", "BOT_AUTHOR", "NOBODY_REPRODUCED", "TRUST_THRESHOLD")


@dataclass(frozen=True)
class Assessment:
    """What came of judging a proposal: the ground with all that was found, and a yes or the reasons why not."""

    ground: Ground
    admission: Admission | None
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """PASS: merge it. REVIEW: only signatures are missing. FAIL: something does not hold."""
        if self.admission:
            return Verdict.PASS
        return Verdict.REVIEW if all(f.code in WAITING for f in self.findings) else Verdict.FAIL


def assess(git: Git, roots: Roots, log: Log, main: str, proposal: str, now: datetime) -> Assessment:
    """Judge the merge of ``proposal`` into ``main`` as the gate would."""
    if git.is_ancestor(proposal, main):
        raise Refused(diagnosis.already_merged(git, log, main, proposal))
    merge = prospective_merge(git, main, proposal)
    ground = Ground(git, roots, log, read_commit(git, merge), now)
    try:
        return Assessment(ground, judge_ground(ground), ())
    except Refused as refusal:
        return Assessment(ground, None, refusal.findings)


def prospective_merge(git: Git, main: str, proposal: str, message: str = "Would merge") -> str:
    """Return the id of the commit that merging would make; refuse a conflict, and a merge that brings nothing."""
    if git.is_ancestor(proposal, main):
        raise refuse("NOTHING_TO_MERGE", proposal[:12], "a proposal that main lacks", "one it has", "make a new one")
    tree = git.merged_tree(main, proposal)
    if tree is None:
        raise diagnosis.conflict(git, proposal[:12], main, proposal)
    identity = {f"GIT_{who}_{what}": "counterseal" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    arguments = ("commit-tree", tree, "-p", main, "-p", proposal, "-m", message)
    return git.run(*arguments, environment=identity)
