"""A thread that asks the source again and again, so that a slow remote never delays an answer.

* Each poll ends in an ``Offer``: a snapshot to admit, nothing new, or the findings that kept the last good one serving.
* After a failure of the remote the pause doubles, up to a minute; after any answer it is the one that was asked for.
* It is a daemon: whatever it was doing when the process ends is done again by the next one, from the mark.
"""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.values.finding import CountersealError, Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterseal.verification.follow import Snapshot
    from serving.source import Source

LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Offer:
    """What a poll came to; ``reached`` says whether the remote answered."""

    snapshot: Snapshot | None = None
    findings: tuple[Finding, ...] = ()
    reached: bool = True


class Poller(threading.Thread):
    """Polls until it is stopped and hands every offer to ``deliver``, from its own thread."""

    def __init__(self, source: Source, pause: float, deliver: Callable[[Offer], None]) -> None:
        """Poll ``source`` every ``pause`` seconds."""
        super().__init__(name="poller", daemon=True)
        self._source, self._pause, self._deliver = source, pause, deliver
        self._stopped = threading.Event()

    def run(self) -> None:
        """Resume, then poll."""
        pause = self._pause
        self._deliver(attempt(self._source.resume))
        while not self._stopped.is_set():
            offer = attempt(self._source.poll)
            self._deliver(offer)
            pause = self._pause if offer.reached else min(2 * pause, max(LONGEST_PAUSE, self._pause))
            self._stopped.wait(pause)

    def stop(self, patience: float) -> None:
        """Ask the thread to end and wait for it, not longer than ``patience`` seconds."""
        self._stopped.set()
        self.join(patience)


def attempt(poll: Callable[[], Snapshot | None]) -> Offer:
    """Poll once; whatever goes wrong is a finding."""
    try:
        return Offer(poll())
    except Refused as refusal:
        return Offer(findings=refusal.findings)
    except (CountersealError, OSError) as error:
        mend = "it is tried again, less and less often"
        finding = Finding("REMOTE_FAILED", "remote", "an answer that can be stored", str(error), mend)
        return Offer(findings=(finding,), reached=False)
    except Exception as error:  # noqa: BLE001 (a bug of ours must not stop what serves)
        place = traceback.extract_tb(error.__traceback__)[-1]
        found = f"{type(error).__name__} at {place.name}:{place.lineno}"
        finding = Finding(
            "FOLLOW_BUG", "follow", "a verdict", found, "please report it; the last good version serves on"
        )
        return Offer(findings=(finding,), reached=False)
