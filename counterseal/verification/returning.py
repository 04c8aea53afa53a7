"""Where a model may return to: what each earlier promotion would meet today, by the judges that would judge the return.

A target is safe if ``admit`` would want nothing but signatures of its restore, and if what is restored would serve:

* the gate's part: exactly the recorded files, not withdrawn, not fallen with a key, no rule that blocks restores;
* the server's part: nothing of today's that stops what serves (``standing``);
* who must sign follows: one operator for what the last promotion replaced, else the tier's quorum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.values.finding import Finding, Refused
from counterseal.verification.as_of import proof_as_of
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Ground
from counterseal.verification.inforce import in_force
from counterseal.verification.models import admit_models
from counterseal.verification.proposal import WAITING, prospective_merge
from counterseal.verification.standing import Standing, Today, holding
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.entry import EntrySpec
    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log


@dataclass(frozen=True)
class Return:
    """An earlier promotion, who must sign its restore, and what speaks against it; truthy if it is safe."""

    target: Promotion
    entry: EntrySpec
    signed_by: tuple[str, ...]
    against: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        """Say whether a restore wants nothing but signatures, and would serve."""
        return not self.against


def targets(log: Log, model: str) -> list[Promotion]:
    """Return what a model could return to: first what served before, then the newest."""
    last = log.last(model)
    live = log.live(model)
    before = log.replaced_by(last) if last else 0
    found = [p for p in log.of(model) if p.kind == "promote" and not (live and log.origin(live) is p)]
    return sorted(found, key=lambda p: (p.number == before, p.number), reverse=True)


def weigh(git: Git, roots: Roots, log: Log, main: str, proposal: str, target: Promotion, now: datetime) -> Return:
    """Judge the return to ``target`` that the commit ``proposal`` makes on ``main``."""
    ground = Ground(git, roots, log, read_commit(git, prospective_merge(git, main, proposal)), now)
    try:
        admit_models(ground)
        against: tuple[Finding, ...] = ()
    except Refused as refusal:
        against = tuple(item for item in refusal.findings if item.code not in WAITING)
    slots = next((found.slots for found in ground.quorums.values()), ())
    where = places.entry(target.model or "")
    entry = RegistryEntry.read(Tree(git, target.commit).need(where), where).spec
    if against:
        return Return(target, entry, slots, against)
    today = _today(ground, target)
    return Return(target, entry, slots, today.stops, today.warnings)


def _today(ground: Ground, target: Promotion) -> Standing:
    """Judge what a server would do with the promotion's bytes."""
    proof = proof_as_of(ground, ground.log, target)
    git, roots, log, now = ground.git, ground.roots, ground.log, ground.now
    judges = Today(ground.trust, ground.book, in_force(git, roots, log, ground.merge.parents[0], now))
    return holding(git, roots, log, target, judges, proof).at(now)
