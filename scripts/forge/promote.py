"""The promoter: record every admitted merge that has no record yet. It judges nothing anew, it gives order and time.

* What it records is what ``fold`` admits, in first-parent order; a merge that is refused is skipped, and named.
* A record names the highest trust version at main's tip, whose promoter key signs it; its time never goes back.
* One promoter at a time is at work in a forge, so a lock left on the branch is that of one that was killed.
* All records of a run, and the head, reach the branch ``promotions`` in one move from the tip that was read. A run that
  dies before has written nothing anyone sees; the next one begins again.
"""

from __future__ import annotations

import fcntl
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.record import Head, digest_of
from counterseal.values.finding import CountersealError, refuse
from counterseal.verification.admit import fold
from counterseal.verification.git import Git
from counterseal.verification.log import read_head, read_log
from counterseal.verification.objects import GitError
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.forge.genesis import PROMOTER
from scripts.repository.changes import write_commit, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.values.finding import Refused
    from counterseal.verification.log import Log

TRIES = 5
_LOCK = "counterseal.lock"


@dataclass(frozen=True)
class Recorded:
    """What a run of the promoter did: the records made, the merges it had to skip."""

    promotions: tuple[Promotion, ...]
    skipped: Mapping[str, Refused]


def hook() -> int:
    """Run as a forge's post-receive hook, after main has moved; what landed has landed, so this can only report."""
    from scripts.clock import now
    from scripts.forge.forge import open_settings
    from scripts.signing.keys import load_signer

    try:
        with Git(Path(), hook=True) as git:
            roots, key = open_settings(Path())
            for line in told(promote(git, roots, load_signer("promoter", key), now())):
                _say(line)
    except CountersealError as error:
        _say(f"not recorded yet, `counterseal record` will: {error}")
        return 1
    return 0


def promote(git: Git, roots: Roots, signer: CryptoSigner, now: datetime, *, refresh: bool = False) -> Recorded:
    """Record what has no record yet; with ``refresh``, sign the head anew even if nothing is new."""
    with _alone(git):
        git.unlock(places.PROMOTIONS)
        for last in reversed(range(TRIES)):
            try:
                return _once(git, roots, signer, now, refresh=refresh)
            except GitError:
                if not last:
                    raise
    raise AssertionError


@contextmanager
def _alone(git: Git) -> Iterator[None]:
    """Wait until no other promoter is at work here; the system lets go of the lock whatever ends this process."""
    with Path(git.own_folder, _LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def told(recorded: Recorded) -> list[str]:
    """Say what was recorded and what was skipped, a line each."""
    lines = [f"recorded: {p.number} {p.kind} {p.model or 'rules'}" for p in recorded.promotions]
    return lines + [f"skipped: {merge[:12]}: {refusal}" for merge, refusal in recorded.skipped.items()]


def _once(git: Git, roots: Roots, signer: CryptoSigner, now: datetime, *, refresh: bool) -> Recorded:
    main, tip = git.resolve(places.MAIN), git.resolve(places.PROMOTIONS)
    if main is None or tip is None:
        raise refuse("NO_LOG", places.PROMOTIONS, "the branches main and promotions", "none", "run `counterseal init`")
    log = read_log(git, tip, main, roots)
    now = max(now, log.standing[-1].time)
    folded, skipped = fold(git, roots, log, main, now)
    trust = trust_at(Tree(git, main), roots)
    _check_key(signer, trust)
    fresh = [record.promotion for record in folded.records[log.next_number :]]
    commit, made = tip, []
    for promotion in fresh:
        promotion = promotion.model_copy(  # noqa: PLW2901 (the same promotion, in its place in the chain)
            update={"previous": log.records[-1].digest, "trust": trust.spec.version}
        )
        data = promotion.sign(signer)
        log = log.with_(promotion, digest_of(data))
        made.append(promotion)
        files = {places.record(promotion.number): data, places.HEAD_FILE: _head(log, trust, signer, now)}
        commit = _commit(git, commit, files, f"{promotion.number} {promotion.kind} {promotion.model or 'rules'}")
    if commit == tip and (refresh or _stale(git, tip, log, trust)):
        commit = _commit(git, tip, {places.HEAD_FILE: _head(log, trust, signer, now)}, "head")
    if commit != tip:
        git.move(places.PROMOTIONS, commit, tip)
    return Recorded(tuple(made), skipped)


def _check_key(signer: CryptoSigner, trust: Trust) -> None:
    if signer.public_key.keyid not in map(dsse.keyid, trust.machine_keys("promoter")):
        where = places.trust(trust.spec.version)
        raise refuse("PROMOTER_KEY", where, "a promoter key of this trust", f"key {signer.public_key.keyid[:12]}…")


def _stale(git: Git, tip: str, log: Log, trust: Trust) -> bool:
    """Say whether the head must be signed anew: it names an older trust, or a key that is no longer trusted."""
    try:
        return read_head(git, tip, log, trust).trust != trust.spec.version
    except CountersealError:
        return True


def _head(log: Log, trust: Trust, signer: CryptoSigner, now: datetime) -> bytes:
    last = log.records[-1]
    head = Head(
        log_id=trust.spec.log_id,
        number=last.promotion.number,
        record=last.digest,
        trust=trust.spec.version,
        time=now,
    )
    return head.sign(signer)


def _commit(git: Git, parent: str, files: Mapping[str, bytes], subject: str) -> str:
    return write_commit(git, write_tree(git, parent, files), [parent], f"{subject}\n", PROMOTER)


def _say(text: str) -> None:
    print("".join(c if c.isprintable() else "?" for c in text), file=sys.stderr)  # noqa: T201 (git shows it to the pusher)
