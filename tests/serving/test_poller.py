"""Every poll ends in an offer, and the pause grows while the remote does not answer."""

import threading
from collections.abc import Callable

import pytest

from counterseal.values.finding import refuse
from counterseal.verification.follow import Snapshot
from counterseal.verification.objects import GitError
from serving.poller import Offer, attempt, pollers, review
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

    threads = pollers(Source(make_settings(), toy.roots(), toy.judge), 0.01, deliver)
    for thread in threads:
        thread.start()
    assert arrived.wait(10)
    for thread in threads:
        thread.stop(10)
    assert [thread.is_alive() for thread in threads] == [False, False]
    assert next(offer for offer in offers if offer.asked == "remote") == Offer()


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
    thread, _ = pollers(Source(make_settings(remote="/nowhere"), toy.roots(), toy.judge), 1.0, lambda _: None)
    thread.run()
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_the_clock_is_asked_while_the_remote_hangs(make_settings: Callable[..., Settings], remote: toy.Remote) -> None:
    remote.offer(1)
    source = Source(make_settings(), toy.roots(), toy.judge)
    source.poll()
    hanging, asked, offers = threading.Event(), threading.Event(), list[Offer]()

    def deliver(offer: Offer) -> None:
        offers.append(offer)
        asked.set()

    remote_thread, clock_thread = pollers(source, 0.01, deliver)
    remote_thread._first = [lambda: Offer(reached=hanging.wait(10))]
    for thread in (remote_thread, clock_thread):
        thread.start()
    assert asked.wait(5)
    assert {offer.asked for offer in offers} == {"clock"}
    hanging.set()
    for thread in (remote_thread, clock_thread):
        thread.stop(10)


def test_a_time_that_cannot_be_kept_is_told_and_delays_nothing(
    remote: toy.Remote, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.offer(1)
    source = Source(make_settings(), toy.roots(), toy.judge)
    source.poll()

    def full() -> None:
        raise OSError(28, "No space left on device")

    later = toy.snapshot(toy.stopped())
    monkeypatch.setattr(source, "keep_time", full)
    monkeypatch.setattr(source, "renew", lambda: later)
    offer = review(source)
    assert (offer.snapshot, [item.code for item in offer.findings], offer.asked) == (later, ["CLOCK_FAILED"], "clock")
    assert offer.reached


def test_what_is_overtaken_is_not_handed_on(remote: toy.Remote, make_settings: Callable[..., Settings]) -> None:
    remote.offer(1)
    source = Source(make_settings(), toy.roots(), toy.judge)
    offers: list[Offer] = []
    thread, _ = pollers(source, 1.0, offers.append)
    overtaken = attempt(source.poll)
    remote.offer(2)
    newest = attempt(source.poll)
    assert source.renew() is None
    for offer in (newest, overtaken):
        thread._deliver(offer)
    assert newest.snapshot
    assert [offer.snapshot for offer in offers] == [newest.snapshot, None]
