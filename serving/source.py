"""What the remote offers against what was seen before: only what extends it, and holds, is taken.

In order: the remote's tips are fetched into quarantine; they must be the marked commits or descend from them, main
along its first parents, or a merge the wrong way round would lead past what was promoted or taken back; the kernel
follows the log to them; its numbers must not be below the mark's or the operator's; the mark is written; the
live refs move. Whatever fails leaves mark and live refs as they were: the next poll starts from the same place.

"Now" is the clock, but never earlier than the mark's floor. What was taken last is asked again as often as one likes
(``renew``): that reads the clock and nothing else, so it goes on while the remote hangs or offers what does not hold.

A remote that shows nothing new may be hiding what is: the promoter signs its head anew on a timer, and a head older
than ``max_age`` hours is warned of as STALE. Nothing stops by it. With 0 hours nobody looks, and the snapshot says so.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values import instant
from counterseal.values.finding import Finding, Refused, refuse
from serving import high_water
from serving.high_water import HighWater
from serving.mirror import Mirror, Tips

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from counterseal.documents.trust import Roots
    from counterseal.verification.follow import Snapshot
    from counterseal.verification.git import Git
    from serving.settings import Settings

    Follow = Callable[[Git, Roots, str, str | None, datetime], Snapshot]

MARK_EVERY = timedelta(minutes=1)
UNAGED = "whether the remote still shows its newest state: --max-age is 0"
_REWOUND = "nothing is taken from this remote until it holds that commit again; find out who rewound it"


class Source:
    """Follows one remote: one thread polls it, another may renew what was ``taken``; neither while the other judges."""

    def __init__(self, settings: Settings, roots: Roots, follow: Follow) -> None:
        """Go on from the mark in the state folder; raise Refused if there is one that cannot be read."""
        self._settings, self._roots, self._follow = settings, roots, follow
        self._state = settings.state
        self.mark: HighWater | None = high_water.read(self._state, roots.spec.log_id)
        self.mirror = Mirror(self._state / "mirror.git", settings.remote, settings.main)
        self._offered: Snapshot | None = None
        self.taken: Snapshot | None = None
        self._floor = self.mark.floor if self.mark else None
        self._mark_due = self._floor
        self.judging = threading.RLock()
        self._judged: Tips | None = None
        self._refusal: Refused | None = None
        self._judge_at = 0.0

    def resume(self) -> Snapshot | None:
        """Return what the mark stands for, without asking the remote; None if nothing was admitted before."""
        if self.mark is None or not self.mirror.has(tips := Tips(self.mark.main, self.mark.promotions)):
            return None
        return self._judge(tips)

    def poll(self) -> Snapshot | None:
        """Return what the remote offers now; None if it is what was taken last.

        Raises Refused or GitError if the offer does not hold or cannot be had, OSError if it cannot be remembered. An
        offer is judged from the start again when it changes or ``recheck`` seconds have passed.
        """
        tips = self.mirror.look()
        self._check_log_is_there(tips)
        if tips != self._judged:
            tips = self.mirror.fetch(tips)
        if tips != self._judged or self._settings.timer() >= self._judge_at:
            return self._judge(tips)
        if self._refusal:
            raise self._refusal
        return None

    def renew(self) -> Snapshot | None:
        """Return what was taken last as it stands now; None if that is what it stood at before."""
        with self.judging:
            changed = self._changed(self._offered.at(self.now())) if self._offered else None
            self._mark_due = self.now() if changed else self._mark_due
            return changed

    def keep_time(self) -> None:
        """Write down how late it is, if something changed by that, and now and then; OSError if that fails."""
        with self.judging:
            if self.mark and self._mark_due and self.now() >= self._mark_due:
                self._write(self.mark.model_copy(update={"floor": self.now()}))

    def _changed(self, snapshot: Snapshot) -> Snapshot | None:
        self._offered, found = snapshot, self._aged(snapshot)
        if found == self.taken:
            return None  # and ``taken`` stays the very one that is handed on
        self.taken = found
        return found

    def _judge(self, tips: Tips) -> Snapshot | None:
        with self.judging:
            self._judged = self._refusal = None
            try:
                snapshot = self._take(tips)
            except Refused as refusal:
                self._refusal = refusal
                self._settle(tips)
                raise
            self._settle(tips)
            return self._changed(snapshot)

    def _settle(self, tips: Tips) -> None:
        self._judged, self._judge_at = tips, self._settings.timer() + self._settings.recheck

    def _take(self, tips: Tips) -> Snapshot:
        self._check_extends(tips)
        now = self.now()
        snapshot = self._follow(self.mirror.git, self._roots, tips.main, tips.promotions, now)
        self._check_not_lower(snapshot)
        self._remember(snapshot, now)
        self.mirror.keep(tips)
        return snapshot

    def now(self) -> datetime:
        """Return the time to judge by."""
        clock = self._settings.clock()
        self._floor = max(clock, self._floor) if self._floor else clock
        return self._floor

    def _aged(self, snapshot: Snapshot) -> Snapshot:
        """Add what a snapshot's age tells."""
        hours, head = self._settings.max_age, snapshot.head
        if head is None:
            return snapshot
        if not hours:
            return replace(snapshot, unchecked=(*snapshot.unchecked, UNAGED))
        if self.now() - head <= timedelta(hours=hours):
            return snapshot
        expected, found = f"a head signed in the last {hours:g} hours", f"one signed {instant.render(head)}"
        mend = "find out what the remote does not show; the promoter signs one on a timer: record --refresh"
        stale = Finding("STALE", places.HEAD_FILE, expected, found, mend)
        return replace(snapshot, warnings=(*snapshot.warnings, stale))

    def _check_log_is_there(self, tips: Tips) -> None:
        if self.mark and self.mark.promotions and tips.promotions is None:
            raise refuse("REWOUND_PROMOTIONS", "promotions", "the branch that was there before", "none", _REWOUND)

    def _check_extends(self, tips: Tips) -> None:
        marked = Tips(self.mark.main, self.mark.promotions) if self.mark else Tips("", None)
        for name, before, after in zip(("main", "promotions"), marked, tips, strict=True):
            if before and not (after and self._extends(before, after, along=name == "main" and bool(tips.promotions))):
                found = f"{after[:12]}, which does not" if after else "none"
                raise refuse(f"REWOUND_{name.upper()}", name, f"a commit that extends {before[:12]}", found, _REWOUND)

    def _extends(self, before: str, after: str, *, along: bool) -> bool:
        """Say whether one commit came before another; ``along`` first parents, where a merge could lead round it."""
        git = self.mirror.git
        return before in git.first_parents(None, after) if along else git.is_ancestor(before, after)

    def _check_not_lower(self, snapshot: Snapshot) -> None:
        settings, mark = self._settings, self.mark
        for code, what, found, least, seen in (
            ("PROMOTION_TOO_OLD", "promotion", snapshot.number, settings.min_promotion, mark and mark.number),
            ("TRUST_TOO_OLD", "trust version", snapshot.trust, settings.min_trust, mark and mark.trust),
        ):
            if found < max(least, seen or 0):
                mend = "the remote shows an older state than was asked for or seen before"
                raise refuse(code, self.mirror.remote, f"{what} {max(least, seen or 0)} or later", found, mend)

    def _remember(self, snapshot: Snapshot, now: datetime) -> None:
        mark = HighWater.of(snapshot, self._roots.spec.log_id, now)
        if mark != self.mark:
            self._write(mark)

    def _write(self, mark: HighWater) -> None:
        mark.write(self._state)
        self.mark, self._mark_due = mark, mark.floor + MARK_EVERY
