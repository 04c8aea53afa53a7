"""What a refused change of a model is, in words, and the way out of it.

Nothing here decides; it is asked once something was refused, or to say what signatures are wanted for. In order:

* a conflict, and the markers of one that were committed, are named before anything they broke;
* files of one promotion under the entry of another: which promotion each is of, and the command that returns whole;
* a return, or an end, that lacks signatures: from which promotion to which, and why one operator is not enough;
* a proposal that main has already: by which merge, what that promoted, and what took it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Finding, Refused, refuse
from counterseal.verification.authorship import proof_blobs
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterseal.documents.record import Promotion
    from counterseal.verification.commit import Commit
    from counterseal.verification.git import Git
    from counterseal.verification.ground import Ground
    from counterseal.verification.log import Log

_SHOWN = 3
_MARKERS = (b"\n<<<<<<< ", b"\n>>>>>>> ")


# -- merges that are none


def not_a_merge(commit: Commit) -> Refused:
    """Refuse a commit on main that is no merge of one proposal."""
    parents = len(commit.parents)
    found = "a direct push, a squash or a rebase" if parents < 2 else f"a merge of {parents - 1} branches at once"  # noqa: PLR2004
    mend = (
        "merge the proposal with a merge commit (`counterseal merge`; allow no other kind on a hosted forge); what "
        "main has already needs its approvals merged after it"
    )
    return refuse("NOT_A_MERGE", commit.oid[:12], "a merge of one proposal into main", found, mend)


def evil_merge(git: Git, merge: Commit, clean: str) -> Refused:
    """Refuse a merge that holds what neither parent has."""
    paths = [change.path for change in git.changes(clean, merge.tree)]
    mend = "merge it again and change nothing on the way (`counterseal merge`); what is to change is proposed"
    expected, found = "the tree that git merge-tree makes", f"another {listed(paths)}"
    return refuse("EVIL_MERGE", merge.oid[:12], expected, found, mend)


# -- conflicts


def conflict(git: Git, where: str, one: str, other: str) -> Refused:
    """Refuse a proposal that conflicts with main, naming the files and the way out."""
    paths = git.conflicts(one, other)
    models = sorted({model for path in paths if (model := places.model_of(path))})
    mend = "merge main into the proposal and resolve the conflict there"
    if models:
        mend = (
            f"a version of {models[0]}: merge main, keep its files but your spec, and `counterseal run` again; "
            f"a revert: `{rollback_command(models[0])}`"
        )
    found = f"conflicts with main in {listed(paths)}" if paths else "conflicts with main"
    return refuse("CONFLICT", where, "a proposal that merges cleanly", found, mend)


def explained(ground: Ground, refusal: Refused) -> Refused:
    """Return a refusal, or that of the conflict markers which are at the bottom of it.

    Where signatures were counted already, the files were read whole, and hold no markers that matter.
    """
    paths = [path for path in ground.scope.paths if _has_markers(ground.after.read(path))]
    if not paths or ground.quorums:
        return refusal
    model = next((model for path in paths if (model := places.model_of(path))), None)
    mend = "resolve it: take one side of the conflict whole"
    if model:
        mend = f"to return to an earlier promotion: `{rollback_command(model)}`; to propose: `counterseal run` again"
    return refuse("CONFLICT_MARKERS", paths[0], "a conflict that was resolved", f"markers in {listed(paths)}", mend)


def _has_markers(data: bytes | None) -> bool:
    return data is not None and all(mark in b"\n" + data for mark in _MARKERS)


# -- files of several promotions


@dataclass(frozen=True)
class Mixture:
    """A model's files that are not those of the promotion whose entry lies with them."""

    ground: Ground
    log: Log
    promotion: Promotion

    @property
    def model(self) -> str:
        """The model."""
        return self.promotion.model or ""

    def not_live(self) -> Refused:
        """Refuse files that changed under the entry that serves."""
        number = self.promotion.number
        where, expected = places.entry(self.model), f"the files of promotion {number}, which serves"
        if self.odd() == [places.spec(self.model)]:
            mend = "run the pipeline on this proposal: `counterseal run`, or wait for CI"
            found = "another spec, and no evidence for it yet"
            return refuse("TREE_NOT_LIVE", where, expected, found, mend)
        other = self.closest()
        mend = f"put them back: {self.put_back()}"
        if other:
            again = rollback_command(self.model, other.number)
            mend = f"to return to promotion {other.number} whole: `{again}`; else {mend}"
        return refuse("TREE_NOT_LIVE", where, expected, f"under its entry, {self.told(other)}", mend)

    def not_exact(self) -> Refused:
        """Refuse the return to a promotion by halves."""
        number = self.promotion.number
        expected = f"exactly the files of promotion {number}, whose entry this is"
        mend = f"`{rollback_command(self.model, number)}` returns to it whole; so does {self.put_back()}"
        return refuse("RESTORE_NOT_EXACT", places.entry(self.model), expected, self.told(self.closest()), mend)

    def odd(self) -> list[str]:
        """Return the paths whose bytes are not the promotion's, sorted."""
        here, there = self.state(None), self.state(self.promotion)
        return sorted(path for path in {*here, *there} if here.get(path) != there.get(path))

    def state(self, promotion: Promotion | None) -> dict[str, str]:
        """Return the model's files as of a promotion; None: as proposed."""
        tree = Tree(self.ground.git, promotion.commit) if promotion else self.ground.after
        return proof_blobs(tree, self.model)

    def closest(self) -> Promotion | None:
        """Return the promotion that most of the odd files are of, the newest of several; None if of none."""
        known = {self.log.origin(p).number: self.log.origin(p) for p in self.log.of(self.model) if p.entry}
        shared = {number: len(self.shared(promotion)) for number, promotion in known.items()}
        best = max(shared, key=lambda number: (shared[number], number), default=0)
        return known[best] if shared.get(best) else None

    def shared(self, other: Promotion) -> list[str]:
        """Return the odd paths that are as of another promotion."""
        here, there = self.state(None), self.state(other)
        return [path for path in self.odd() if path in here and here[path] == there.get(path)]

    def told(self, other: Promotion | None) -> str:
        """Say whose the odd files are."""
        known = self.shared(other) if other else []
        rest = [path for path in self.odd() if path not in known]
        parts = [f"{listed(known)} as in promotion {other.number}"] if other else []
        return "; ".join([*parts, *([f"{listed(rest)} as in no promotion"] if rest else [])])

    def put_back(self) -> str:
        """Say how the odd files become the promotion's again."""
        odd, there = self.odd(), self.state(self.promotion)
        kept, gone = [p for p in odd if p in there], [p for p in odd if p not in there]
        if len(kept) > _SHOWN:
            kept = [place for place in places.of_model(self.model) if any(p.startswith(place) for p in kept)]
        commands = [f"`git checkout {self.promotion.commit[:12]} -- {' '.join(kept)}`"] if kept else []
        return " and ".join([*commands, *([f"`git rm {' '.join(gone)}`"] if gone else [])])


# -- signatures that are wanted


def of_restore(log: Log, target: Promotion, last: Promotion, *, fast: bool) -> str:
    """Say what a restore does, and why it takes whom it takes."""
    what = f"return {target.model} to promotion {target.number}"
    if fast:
        return f"{what}, which promotion {last.number} replaced"
    taker = after(log, target)
    if last.kind == "retire":
        return f"{what}, after promotion {last.number} retired it"
    if taker is last and last.kind == "restore":
        return f"{what}, which promotion {last.number} took back: whoever brings that again signs afresh"
    return f"{what}, after promotion {last.number}: one operator undoes only the last promotion"


def of_retirement(log: Log, live: Promotion) -> str:
    """Say what a retirement does."""
    first = live is log.of(live.model or "")[0]
    why = "nothing served before" if first else "its files are gone"
    return f"end {live.model}, which serves promotion {live.number}: {why}"


def wanting(refusal: Refused, purpose: str, inert: Iterable[str]) -> Refused:
    """Return the refusal of a quorum, with what it is wanted for and whose approvals are of something else."""
    names = ", ".join(sorted(inert))
    more = f"; of something else: the approval by {names}" if names else ""
    mend = "each signs with `counterseal approve` on the proposal's branch; `counterseal status` says who may"
    return Refused(
        *(
            replace(item, expected=f"{item.expected}, to {purpose}", found=item.found + more, mend=mend)
            for item in refusal.findings
        )
    )


def after(log: Log, promotion: Promotion) -> Promotion | None:
    """Return the record that took a promotion's state out of service; None while it serves."""
    known = log.of(promotion.model or "")
    served = {promotion.number, *(p.number for p in known if log.origin(p).number == promotion.number)}
    return next((p for p in known if p.number > max(served)), None)


# -- a proposal that main has


def already_merged(git: Git, log: Log, main: str, proposal: str) -> Finding:
    """Tell of a proposal that main has: git would say "Already up to date", and nothing would be promoted."""
    merge = _brought_by(git, main, proposal)
    made = [p for p in log.standing if p.commit == merge]
    gone = [(p, taker) for p in made if (taker := after(log, log.origin(p)))]
    found = f"one it has since {merge[:12]}{f', {_numbers(made)}' if made else ''}"
    mend = "propose what is new on a new branch from main"
    if gone:
        found += "".join(f"; promotion {taker.number} took {p.number} back" for p, taker in gone)
        first = gone[0][0]
        to = f"--to {log.origin(first).number}" if first.entry else "--retire"
        mend = f"merging it again promotes nothing: `counterseal rollback {first.model} {to}`"
    return Finding("NOTHING_TO_MERGE", proposal[:12], "a proposal that main lacks", found, mend)


def taken_back(git: Git, log: Log, main: str, proposal: str) -> bool:
    """Say whether main has a proposal whose promotion no longer serves."""
    merge = _brought_by(git, main, proposal)
    return any(p.commit == merge and after(log, log.origin(p)) for p in log.standing)


def _brought_by(git: Git, main: str, proposal: str) -> str:
    """Return the commit on main's first-parent line that first had a proposal."""
    if proposal in git.first_parents(None, main):
        return proposal
    later = set(git.run("rev-list", "--ancestry-path", f"{proposal}..{main}").split())
    return next((oid for oid in git.first_parents(proposal, main) if oid in later), proposal)


def _numbers(made: Iterable[Promotion]) -> str:
    return ", ".join(f"promotion {p.number} ({p.kind} {p.model or 'rules'})" for p in made)


# -- words


def rollback_command(model: str, to: int | None = None) -> str:
    """Return the command that returns a model to a promotion, or lists those it may return to."""
    return f"counterseal rollback {model} {f'--to {to}' if to is not None else '--plan'}"


def listed(paths: Iterable[str]) -> str:
    """Return some paths as words, the first few by name."""
    paths = list(paths)
    rest = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + rest
