"""What is in force beside the rules: waivers and advisories, each only by the merge that brought it.

Neither makes a record, so nothing in the log speaks for them. At a point of main:

* A file counts if the first-parent merge that last touched it would be admitted: waivers by their quorum, each a whole
  Waiver under its own name; advisories if they are newer than what they replace, and not from the future. What lies in
  the tree of record 0 counts by the roots' signatures. A key known to be compromised since does not count.
* A waiver that does not count is no waiver: its failure stands, and a finding names it.
* Advisories that do not count are passed over for the last ones that do: a push round the gate takes back no
  vulnerability that was known. Where none count, nothing is known beyond what the evidence says, and a finding says so.
* Under ``log: none`` nothing tells who brought a file: no waiver counts; advisories count as the rest of the tree does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.documents.waiver import Waiver
from counterseal.values.digest import sha256
from counterseal.values.finding import Finding, Refused, refuse
from counterseal.verification import quorum, shape, trustline
from counterseal.verification.areas import change_digest
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Admission, Ground
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log


@dataclass(frozen=True)
class Waivers:
    """The waivers that count, and a finding for each that does not."""

    counted: tuple[Waiver, ...] = ()
    ignored: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Advisories that count, and the digest of their bytes."""

    advisories: Advisories
    digest: str


@dataclass(frozen=True)
class InForce:
    """Waivers and advisories at one point of main, and findings about what does not count."""

    waivers: tuple[Waiver, ...] = ()
    snapshot: Snapshot | None = None
    findings: tuple[Finding, ...] = ()


# -- may a change of them be merged?


def admit_waivers(ground: Ground) -> Admission:
    """Judge a change of waivers: by its quorum, and each a whole Waiver."""
    for path in ground.scope.paths:
        if path.startswith(f"{places.WAIVERS}/") and ground.after.blob(path):
            read_waiver(ground.after, path)
    shape.count(ground, "waivers", places.WAIVER_APPROVALS, change_digest(ground.changes))
    return ground.admission()


def read_waiver(tree: Tree, path: str) -> Waiver:
    """Read a waiver; raise Refused unless it is one, filed under its own name."""
    waiver = Waiver.read(tree.need(path), path)
    expected = f"{places.WAIVERS}/{waiver.metadata.name}.yaml"
    if path != expected:
        raise refuse("WAIVER_NAME", path, expected, "another file", "a waiver is called as its file")
    return waiver


def admit_advisories(ground: Ground) -> Admission:
    """Judge a change of the advisories: nothing else changes, and their date rises to one that has come."""
    path = places.ADVISORIES
    if ground.scope.paths != (path,):
        raise refuse("UNKNOWN_PATH", ground.scope.paths[0], f"{path} and nothing else", "other paths")
    new = Advisories.read_json(ground.after.need(path), path)
    old = ground.before.read(path)
    if old is not None and new.spec.retrieved <= Advisories.read_json(old, path).spec.retrieved:
        raise refuse("ADVISORIES_DATE", path, "a later date than before", "the same or an earlier one")
    if new.spec.retrieved > ground.now + quorum.SKEW:
        raise refuse("ADVISORIES_DATE", path, "a date that has come", "one in the future", "set the clock, do it again")
    return ground.admission()


_AREAS = {"waivers": admit_waivers, "advisories": admit_advisories}


# -- which of them count?


def in_force(git: Git, roots: Roots, log: Log, main: str, now: datetime) -> InForce:
    """Return what is in force at a point of main; ``log`` goes as far as that."""
    line = _Line(git, roots, log, main, now)
    waivers, snapshot = line.waivers(), line.snapshot()
    missing = () if snapshot else _NO_ADVISORIES
    return InForce(waivers.counted, snapshot, (*waivers.ignored, *line.passed_over, *missing))


def waivers_at(git: Git, roots: Roots, log: Log, main: str, now: datetime) -> Waivers:
    """Return the waivers at a point of main."""
    return _Line(git, roots, log, main, now).waivers()


def snapshot_at(git: Git, roots: Roots, log: Log, main: str, now: datetime) -> Snapshot | None:
    """Return the advisories that count at a point of main."""
    return _Line(git, roots, log, main, now).snapshot()


def of_tree(tree: Tree) -> InForce:
    """Return what a tree without a log holds in force."""
    unproven = refuse("LOG_MISSING", places.PROMOTIONS, "a log, which tells who brought it", "none")
    ignored = [_not_admitted(f"{places.WAIVERS}/{name}", unproven) for name in tree.names(places.WAIVERS)]
    try:
        data = tree.need(places.ADVISORIES)
        return InForce((), Snapshot(Advisories.read_json(data, places.ADVISORIES), sha256(data)), tuple(ignored))
    except Refused as refusal:
        return InForce(findings=(*ignored, *refusal.findings, *_NO_ADVISORIES))


class _Line:
    """Main's first-parent line up to one point, and what merges of it brought."""

    def __init__(self, git: Git, roots: Roots, log: Log, main: str, now: datetime) -> None:
        self.git, self.roots, self.log, self.main, self.now = git, roots, log, main, now
        self.tree = Tree(git, main)
        self.passed_over: list[Finding] = []

    @cached_property
    def order(self) -> dict[str, int]:
        """Every commit of the line, and where it stands on it."""
        return {commit: place for place, commit in enumerate(self.git.first_parents(None, self.main))}

    def waivers(self) -> Waivers:
        counted, ignored = list[Waiver](), list[Finding]()
        for name in self.tree.names(places.WAIVERS):
            path = f"{places.WAIVERS}/{name}"
            try:
                self.check_brought(self.touching(path)[0], "waivers")
                counted.append(read_waiver(self.tree, path))
            except Refused as refusal:
                ignored.append(_not_admitted(path, refusal))
        return Waivers(tuple(counted), tuple(ignored))

    def snapshot(self) -> Snapshot | None:
        """Return the newest advisories that count; what lay in the tree before record 0 is past."""
        path = places.ADVISORIES
        touching = self.touching(path)
        recent = [commit for commit in touching if not self.is_founding(commit)]
        for commit in touching[: len(recent) + 1]:
            try:
                self.check_brought(commit, "advisories")
                data = Tree(self.git, commit).need(path)
                return Snapshot(Advisories.read_json(data, path), sha256(data))
            except Refused as refusal:
                mend = "the last ones that were admitted count instead; put those back, then refresh them"
                where, expected = f"{path} of {commit[:12]}", "advisories that were admitted"
                self.passed_over.append(_finding("ADVISORIES_NOT_ADMITTED", where, expected, refusal, mend))
        return None

    def touching(self, path: str) -> list[str]:
        """Return the commits of the line that changed a path, newest first."""
        return self.git.run("--literal-pathspecs", "rev-list", "--first-parent", self.main, "--", path).split()

    def is_founding(self, commit: str) -> bool:
        """Say whether a commit led to record 0's tree."""
        return self.order[commit] <= self.order.get(self.log.records[0].promotion.commit, -1)

    def check_brought(self, commit: str, area: str) -> None:
        """Refuse what a commit brought unless it is a merge that would be admitted, or led to record 0's tree."""
        if self.is_founding(commit):
            return
        log = self.log.after({earlier for earlier, place in self.order.items() if place < self.order[commit]})
        lost = trustline.trust_at(self.tree, self.roots).compromised_at(log.next_number)
        key = ("brought", commit, self.roots.write(), log.records[-1].digest, log.standing[-1].number, lost)
        self.git.remember(key, lambda: self.admit(commit, area, log, lost))

    def admit(self, commit: str, area: str, log: Log, lost: frozenset[str]) -> Admission:
        """Admit a merge by the trust at its own M^1, without the keys that are known to be lost since before it."""
        merge, since = read_commit(self.git, commit), log.standing[-1].time
        ground = Ground(self.git, self.roots, log, merge, self.now, lost, since=since)
        shape.check(ground)
        if ground.scope.area != area:
            raise refuse("MIXED_AREAS", commit[:12], f"a change of {area}", f"one of {ground.scope.area}")
        return _AREAS[area](ground)


_NO_ADVISORIES = (
    Finding(
        "ADVISORIES_MISSING",
        places.ADVISORIES,
        "advisories of today",
        "none; only what was found when the model was made is known",
        "refresh them (scripts/github/advisories.py) and merge them",
    ),
)


def _not_admitted(path: str, refusal: Refused) -> Finding:
    mend = "propose it again; until its quorum approved it, the failure stands"
    return _finding("WAIVER_NOT_ADMITTED", path, "a waiver that its quorum approved", refusal, mend)


def _finding(code: str, where: str, expected: str, refusal: Refused, mend: str) -> Finding:
    first = refusal.findings[0]
    found = f"one that does not count: {first.code} {first.where}: expected {first.expected}, found {first.found}"
    return Finding(code, where, expected, found, mend)
