"""Every poll ends in an offer, and the pause grows while the remote does not answer."""

import threading
from collections.abc import Callable

import pytest

from counterseal.values.finding import refuse
from counterseal.verification.follow import Snapshot
from counterseal.verification.git import GitError
from serving.poller import Offer, Poller, attempt
from serving.settings import Settings
from serving.source import Source
from tests.serving import toy


def failing(error: Exception) -> Callable[[], Snapshot | None]:
    def poll() -> Snapshot | None:
        raise error

    return poll


@pytest.mark.parametrize(
    ("error", "code", "reached"),
    [
        (refuse("REWOUND_MAIN", "main", "an extension", "none"), "REWOUND_MAIN", True),
        (GitError("git fetch: no route to host"), "REMOTE_FAILED", False),
        (OSError(28, "No space left on device"), "REMOTE_FAILED", False),
        (KeyError("secret"), "FOLLOW_BUG", False),
    ],
)
def test_whatever_goes_wrong_is_a_finding(error: Exception, code: str, reached: bool) -> None:  # noqa: FBT001
    offer = attempt(failing(error))
    assert ([finding.code for finding in offer.findings], offer.reached) == ([code], reached)
    assert "secret" not in str(offer)


def test_polls_resumes_and_stops(remote: toy.Remote, make_settings: Callable[..., Settings]) -> None:
    remote.offer(1)
    offers: list[Offer] = []
    arrived = threading.Event()

    def deliver(offer: Offer) -> None:
        offers.append(offer)
        if offer.snapshot:
            arrived.set()

    thread = Poller(Source(make_settings(), toy.roots(), toy.judge), 0.01, deliver)
    thread.start()
    assert arrived.wait(10)
    thread.stop(10)
    assert not thread.is_alive()
    assert offers[0] == Offer()


def test_the_pause_doubles_while_the_remote_is_away(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    class Stopped(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            if len(pauses) == 9:
                self.set()
            return True

    monkeypatch.setattr(threading, "Event", Stopped)
    thread = Poller(Source(make_settings(remote="/nowhere"), toy.roots(), toy.judge), 1.0, lambda _: None)
    thread.run()
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60, 60]
