"""Two threads that ask again and again, so that neither a slow remote nor a hidden one delays an answer.

* The *remote* thread asks the source what is offered; each poll ends in an ``Offer``: a snapshot to admit, nothing new,
  or the findings that kept the last good one serving. After a failure of the remote its pause doubles, up to a minute;
  after any answer it is the one that was asked for.
* The *clock* thread asks how what was taken last stands now. It waits for nobody, so whatever lapses is seen in time.
* They are daemons: whatever they were doing when the process ends is done again by the next one, from the mark.
"""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from counterseal.values.finding import CountersealError, Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.verification.follow import Snapshot
    from serving.source import Source

LONGEST_PAUSE = 60.0
Asked = Literal["remote", "clock"]


@dataclass(frozen=True)
class Offer:
    """What a poll came to; ``reached`` says whether whoever was ``asked`` answered."""

    snapshot: Snapshot | None = None
    findings: tuple[Finding, ...] = ()
    reached: bool = True
    asked: Asked = "remote"


class Poller(threading.Thread):
    """Asks until it is stopped and hands every offer to ``deliver``, from its own thread."""

    def __init__(self, name: str, pause: float, deliver: Callable[[Offer], None], *asks: Callable[[], Offer]) -> None:
        """Ask each of ``asks`` once, then the last every ``pause`` seconds."""
        super().__init__(name=name, daemon=True)
        (*self._first, self._ask), self._pause, self._deliver = asks, pause, deliver
        self._stopped = threading.Event()

    def run(self) -> None:
        """Ask, and ask again."""
        pause = self._pause
        for ask in self._first:
            self._deliver(ask())
        while not self._stopped.is_set():
            offer = self._ask()
            self._deliver(offer)
            pause = self._pause if offer.reached else min(2 * pause, max(LONGEST_PAUSE, self._pause))
            self._stopped.wait(pause)

    def stop(self, patience: float) -> None:
        """Ask the thread to end and wait for it, not longer than ``patience`` seconds."""
        self._stopped.set()
        self.join(patience)


def pollers(source: Source, pause: float, deliver: Callable[[Offer], None]) -> tuple[Poller, Poller]:
    """Return the threads that follow a source; the first resumes what was admitted before.

    What one of them found is not handed on once the other found something newer.
    """

    def hand_on(offer: Offer) -> None:
        with source.judging:
            newest = offer.snapshot is None or offer.snapshot is source.taken
            deliver(offer if newest else replace(offer, snapshot=None))

    remote = Poller("remote", pause, hand_on, lambda: attempt(source.resume), lambda: attempt(source.poll))
    return remote, Poller("clock", min(pause, 1.0), hand_on, lambda: review(source))


def review(source: Source) -> Offer:
    """Ask how what was taken stands now, and write down how late it is."""
    now = attempt(source.renew, "clock")
    late = attempt(source.keep_time, "clock")
    return Offer(now.snapshot, (*now.findings, *late.findings), asked="clock")


def attempt(poll: Callable[[], Snapshot | None], asked: Asked = "remote") -> Offer:
    """Poll once; whatever goes wrong is a finding."""
    try:
        return Offer(poll(), asked=asked)
    except Refused as refusal:
        return Offer(findings=refusal.findings, asked=asked)
    except (CountersealError, OSError) as error:
        mend = "it is tried again, less and less often"
        code = f"{asked.upper()}_FAILED"
        finding = Finding(code, asked, "an answer that can be stored", str(error), mend)
        return Offer(findings=(finding,), reached=False, asked=asked)
    except Exception as error:  # noqa: BLE001 (a bug of ours must not stop what serves)
        place = traceback.extract_tb(error.__traceback__)[-1]
        found = f"{type(error).__name__} at {place.name}:{place.lineno}"
        finding = Finding(
            "FOLLOW_BUG", "follow", "a verdict", found, "please report it; the last good version serves on"
        )
        return Offer(findings=(finding,), reached=False, asked=asked)
