"""The gate: judge a push before it lands, as the pre-receive hook of a local forge.

In order, for each ref of a push; one that may not move refuses the whole push:

* ``main`` only goes forward, along first parents, by merges that ``admit`` admits one after the other;
* ``promotions`` is moved by the promoter alone, who does not push;
* nothing is deleted; there are no tags (a tag called main would stand in main's way) and no look-alike names;
* any other branch is a proposal, and free.

Whatever goes wrong in here is a no.
"""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from counterseal.documents.trust import Roots
    from counterseal.verification.git import Git
    from counterseal.verification.ground import Admission

    Judge = Callable[[str, str], list[Admission]]

#: Git moves a ref in milliseconds; an older lock was left by one that was killed.
_LONGEST_MOVE = timedelta(seconds=10)
_BRANCH = re.compile(r"refs/heads/[A-Za-z0-9_][A-Za-z0-9._/-]*")
_RESERVED = {"main", "promotions", "head"}


def gate() -> int:
    """Judge a push before it lands, as a repository's pre-receive hook.

    Reads ``old new ref`` lines from standard input; run it in the forge's folder.
    """
    return hook()


def hook() -> int:
    """Run as the hook: print what was decided, return 0 only for a yes."""
    try:
        for line in judge(sys.stdin, _judge_here):
            _say(line)
    except Refused as refusal:
        for finding in refusal.findings:
            _say(f"refused: {finding}")
        return 1
    except BaseException as error:  # noqa: BLE001 (a gate that stumbles stays shut)
        _say(f"refused: GATE_ERROR: the gate could not judge this push: {type(error).__name__}: {error}")
        return 1
    return 0


def judge(lines: Iterable[str], judged: Judge) -> Iterator[str]:
    """Judge every ref of a push, main by ``judged``; yield what was admitted, raise Refused at the first no."""
    for line in lines:
        old, new, ref = line.rstrip("\n").split(" ", 2)
        if not new.strip("0"):
            raise refuse("DELETION", ref, "a branch that stays", "its deletion")
        if ref == places.MAIN:
            yield from map(_told, judged(old, new))
        else:
            _check_other(ref)


def judge_main(git: Git, roots: Roots, old: str, new: str, now: datetime) -> list[Admission]:
    """Admit every merge from ``old`` to ``new``, in order; raise Refused at the first that may not stand."""
    from counterseal.verification.admit import admit, fold
    from counterseal.verification.log import read_log

    promotions = git.resolve(places.PROMOTIONS)
    if promotions is None or not old.strip("0"):
        raise refuse("NO_LOG", places.MAIN, "a log to judge by", "none", "run `counterseal init`")
    if not git.is_ancestor(old, new):
        mend = "fetch main and start from there; to take a promotion back, use `counterseal rollback`"
        raise refuse("REWOUND_MAIN", places.MAIN, f"a descendant of {old[:12]}", new[:12], mend)
    log, _ = fold(git, roots, read_log(git, promotions, old, roots), old, now)
    admitted = []
    for merge in git.first_parents(old, new):
        _check_first_parent(git, merge, old)
        admission = admit(git, roots, log, merge, now)
        for promotion in admission.promotions:
            log = log.with_(promotion)
        admitted.append(admission)
        old = merge
    return admitted


def _judge_here(old: str, new: str) -> list[Admission]:
    """Judge a push of main in the forge that this process runs in; only then is the kernel loaded."""
    from counterseal.verification.git import Git
    from scripts.clock import now
    from scripts.forge.forge import open_settings

    roots, _ = open_settings(Path())
    with Git(Path(), hook=True) as git:
        git.unlock(places.MAIN, before=now() - _LONGEST_MOVE)
        return judge_main(git, roots, old, new, now())


def _check_first_parent(git: Git, merge: str, old: str) -> None:
    from counterseal.verification.commit import read_commit

    if read_commit(git, merge).parents[:1] != (old,):
        mend = "merge the proposal into main, not main into the proposal: `counterseal merge`"
        raise refuse(
            "NOT_A_MERGE", merge[:12], f"a merge whose first parent is {old[:12]}, main", "another parent", mend
        )


def _check_other(ref: str) -> None:
    if ref == places.PROMOTIONS:
        mend = "the promoter records what merges into main"
        raise refuse("PROMOTIONS_PROTECTED", ref, "a branch that only the promoter moves", "a push", mend)
    name = ref.removeprefix("refs/heads/")
    if not _BRANCH.fullmatch(ref) or name.split("/")[0].lower() in _RESERVED:
        expected = "a branch of plain letters, not named like main or promotions; no tags"
        raise refuse("REF_NAME", repr(ref)[:120], expected, "another ref")


def _told(admission: Admission) -> str:
    made = [f"{p.kind} {p.model or 'rules'} as number {p.number}" for p in admission.promotions]
    return f"admitted: {admission.merge[:12]} ({admission.area}): {'; '.join(made) or 'nothing new is promoted'}"


def _say(text: str) -> None:
    print("".join(c if c.isprintable() else "?" for c in text), file=sys.stderr)  # noqa: T201 (git shows it to the pusher)
