"""What every merge onto main must be, whatever it changes, and whose approvals of a change count.

* It has two parents, the first is main, and its tree is what ``git merge-tree`` makes of them.
* Its paths, modes and letters are allowed and lie in one area; trust files and layouts stay as they are.
* Every commit it brings is signed by someone trusted, or proves itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import refuse
from counterseal.verification import diagnosis, quorum
from counterseal.verification.areas import check_case

if TYPE_CHECKING:
    from counterseal.verification.ground import Ground


def check(ground: Ground) -> None:
    """Refuse a merge that is none, or whose files or commits are not allowed."""
    _check_shape(ground)
    _check_files(ground)
    _ = ground.authors


def _check_shape(ground: Ground) -> None:
    merge = ground.merge
    if len(merge.parents) != 2:  # noqa: PLR2004 (main and the proposal)
        raise diagnosis.not_a_merge(merge)
    clean = ground.git.merged_tree(*merge.parents)
    if clean is None:
        raise diagnosis.conflict(ground.git, merge.oid[:12], *merge.parents)
    if clean != merge.tree:
        raise diagnosis.evil_merge(ground.git, merge, clean)


def _check_files(ground: Ground) -> None:
    check_case(ground.after, ground.scope.paths)
    kept = (f"{places.TRUST_FOLDER}/", f"{places.LAYOUTS}/")
    for change in ground.changes:
        if change.before is not None and change.path.startswith(kept):
            expected = "trust files and layouts that stay as they are"
            mend = "trust only goes forward: the roots sign a new version that says otherwise"
            raise refuse("TRUST_REMOVED", change.path, expected, "a change", mend)


def count(ground: Ground, name: str, folder: str, bound: str | None) -> quorum.QuorumResult:
    """Count the approvals of a rules, code or waivers change; raise Refused if they are too few.

    Rules name what they replace. A change of code or waivers does not, and may come back after it was taken out: for it
    only approvals count that main never had.
    """
    key = "entry" if name == "rules" else "change"
    approvals = quorum.read_approvals(ground.after, folder, ground.trust)
    if key == "change":
        approvals = [item for item in approvals if ground.is_new(item.path)]
    result = quorum.count(
        approvals,
        lambda spec: spec.decision == name and getattr(spec, key) == bound,
        quorum.Asked(ground.trust.spec.quorums[name]),  # type: ignore[index]
        ground.trust,
        ground.authors,
        ground.now,
        since=ground.since,
    )
    ground.quorums[name] = result
    return quorum.demand(result, folder)
