"""What the remote offers against what was seen before: only what extends it, and holds, is taken.

In order: the remote's tips are fetched into quarantine; they must be the marked commits or descend from them; the
kernel follows the log to them; its numbers must not be below the mark's or the operator's; the mark is written; the
live refs move. Whatever fails leaves mark and live refs as they were: the next poll starts from the same place.

"Now" is the clock, but never earlier than the mark's floor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.values.finding import Refused, refuse
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

_REWOUND = "nothing is taken from this remote until it holds that commit again; find out who rewound it"


class Source:
    """Follows one remote; ``poll`` is all there is to call."""

    def __init__(self, settings: Settings, roots: Roots, follow: Follow) -> None:
        """Go on from the mark in the state folder; raise Refused if there is one that cannot be read."""
        self._settings, self._roots, self._follow = settings, roots, follow
        self._state = settings.state
        self.mark: HighWater | None = high_water.read(self._state, roots.spec.log_id)
        self.mirror = Mirror(self._state / "mirror.git", settings.remote, settings.main)
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

        Raises Refused or GitError if the offer does not hold or cannot be had, OSError if it cannot be remembered. What
        was refused is not judged again until it changes or ``recheck`` seconds have passed.
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

    def _judge(self, tips: Tips) -> Snapshot:
        self._judged = self._refusal = None
        try:
            snapshot = self._take(tips)
        except Refused as refusal:
            self._refusal = refusal
            self._settle(tips)
            raise
        self._settle(tips)
        return snapshot

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
        return clock if self.mark is None else max(clock, self.mark.floor)

    def _check_log_is_there(self, tips: Tips) -> None:
        if self.mark and self.mark.promotions and tips.promotions is None:
            raise refuse("REWOUND_PROMOTIONS", "promotions", "the branch that was there before", "none", _REWOUND)

    def _check_extends(self, tips: Tips) -> None:
        marked = Tips(self.mark.main, self.mark.promotions) if self.mark else Tips("", None)
        for name, before, after in zip(("main", "promotions"), marked, tips, strict=True):
            if before and (after is None or not self.mirror.git.is_ancestor(before, after)):
                found = f"{after[:12]}, which does not" if after else "none"
                raise refuse(f"REWOUND_{name.upper()}", name, f"a commit that extends {before[:12]}", found, _REWOUND)

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
            mark.write(self._state)
            self.mark = mark
