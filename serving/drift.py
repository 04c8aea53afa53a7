"""Has the traffic moved away from the training data? Statuses, and when they change.

* PSI is corrected for both sample sizes, per feature and for the score; below the policy's window nothing is said.
* From ``warning`` on a feature warns, from ``alert`` on it alerts; a model's status is its worst feature's.
* It is judged again after every twentieth of a window, so a change is told at most that often.
* A status changes nothing by itself: people answer it with a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from counterseal.documents.baseline import corrected
from serving.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from counterseal.documents.baseline import Baseline
    from counterseal.documents.policy import DriftPolicySpec
    from counterseal.documents.portable.inputs import Cell

Status = Literal["collecting", "none", "warning", "alert"]
ORDER: tuple[Status, ...] = ("collecting", "none", "warning", "alert")
_JUDGEMENTS = 20  # in a window


@dataclass(frozen=True)
class FeatureDrift:
    """How far one feature has moved; no number stands for it while rows are still collected."""

    feature: str
    psi: float | None
    status: Status


@dataclass(frozen=True)
class Drift:
    """How far a model's traffic has moved."""

    rows: int
    window: int
    status: Status
    features: tuple[FeatureDrift, ...]


@dataclass(frozen=True)
class Transition:
    """A feature's status changed."""

    feature: str
    before: Status
    after: Status
    psi: float | None


class Watch:
    """One admitted model's window and the statuses last told."""

    def __init__(self, baseline: Baseline, policy: DriftPolicySpec) -> None:
        """Watch traffic against ``baseline`` by the policy's numbers."""
        self.baseline = baseline
        self.policy = policy
        self.window = Window(baseline, policy.window)
        self._told: dict[str, Status] = dict.fromkeys(baseline.spec.features, "collecting")
        self._judge_at = policy.window

    def add(self, rows: Iterable[Mapping[str, Cell]]) -> tuple[Transition, ...]:
        """Count the rows of one accepted request; return the statuses that changed by it."""
        for row in rows:
            self.window.add(row)
        if self.window.seen < self._judge_at:
            return ()
        self._judge_at = self.window.seen + max(1, self.policy.window // _JUDGEMENTS)
        return self._changes(self.judge())

    def judge(self) -> Drift:
        """Compare the window with the baseline as it is now."""
        rows, counts = self.window.rows, self.window.counts()
        features = tuple(self._feature(name, counts[name], rows) for name in self.baseline.spec.features)
        worst = max((item.status for item in features), key=ORDER.index)
        return Drift(rows, self.policy.window, worst, features)

    def _feature(self, name: str, found: list[int], rows: int) -> FeatureDrift:
        if rows < self.policy.window:
            return FeatureDrift(name, None, "collecting")
        psi = round(corrected(self.baseline.spec.features[name].counts, found), 6)
        return FeatureDrift(name, psi, self._status(psi))

    def _status(self, psi: float) -> Status:
        return "alert" if psi >= self.policy.alert else "warning" if psi >= self.policy.warning else "none"

    def _changes(self, drift: Drift) -> tuple[Transition, ...]:
        before, self._told = self._told, {item.feature: item.status for item in drift.features}
        quiet = {"collecting", "none"}
        return tuple(
            Transition(item.feature, before[item.feature], item.status, item.psi)
            for item in drift.features
            if item.status != before[item.feature] and not {item.status, before[item.feature]} <= quiet
        )
