"""A real server under traffic meets each change within two seconds, and no request is dropped meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from counterseal.values import instant
from counterseal.verification.follow import Served, follow
from serving.audit_walk import walk
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.world import World

RUN = Path(__file__).with_name("run_toy.py")
PATIENCE = 10.0
CLIENTS = 3
PAUSE = 0.02
FLAW = "pkg:pypi/scikit-learn@1.9.1 CVE-2027-1"


@dataclass
class Running:
    """A serving process, its clock, and clients that ask it one thing after the other."""

    world: World
    folder: Path
    row: dict[str, Any]
    popen: subprocess.Popen[str] | None = None
    answers: list[tuple[int, str]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        (self.folder / "address").unlink(missing_ok=True)
        self.tick()
        told = {"remote": str(self.world.forge), "state": str(self.folder), "poll": 1.0, "real": True}
        told |= {"roots": str(self.world.keys / "roots.yaml"), "clock": str(self.folder / "clock")}
        self.popen = subprocess.Popen(
            [sys.executable, "-I", str(RUN), json.dumps(told)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.until(lambda: (self.folder / "address").exists() and self.get("/model")["models"])

    def stop(self) -> str:
        assert self.popen
        self.popen.terminate()
        return self.popen.communicate(timeout=PATIENCE)[1]

    def tick(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "clock.new").write_text(instant.render(self.world.now), encoding="ascii")
        (self.folder / "clock.new").replace(self.folder / "clock")

    def get(self, path: str) -> Any:
        url = (self.folder / "address").read_text(encoding="ascii").strip()
        return httpx.get(url + path, trust_env=False, timeout=PATIENCE).json()

    def model(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/model/{MODEL}")
        return found

    def stands(self) -> tuple[bool, list[str]]:
        found = self.model()
        return found["serves"], [item["code"] for item in found["warnings" if found["serves"] else "findings"]]

    def meets(self, name: str, codes: list[str], *, serves: bool) -> None:
        """Wait until the server met a change, and note how long it took."""
        begun = time.monotonic()
        self.tick()
        self.until(lambda: self.stands() == (serves, codes))
        self.seconds[name] = time.monotonic() - begun

    def until(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited too long after {self.seconds}: {self.get('/events')}"
            time.sleep(0.02)

    @contextmanager
    def traffic(self) -> Iterator[None]:
        stop = threading.Event()
        clients = [threading.Thread(target=self.ask, args=(stop,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            stop.set()
            for client in clients:
                client.join()

    def ask(self, stop: threading.Event) -> None:
        """Ask on one connection until told to stop; an answer is a status and what it says."""
        url = (self.folder / "address").read_text(encoding="ascii").strip()
        with httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client:
            while not stop.wait(PAUSE):
                try:
                    response = client.post(f"/predict/{MODEL}", json={"rows": [self.row]})
                except httpx.HTTPError as error:
                    self.dropped.append(repr(error))
                    continue
                value = response.json()
                said = value["findings"][0]["code"] if "findings" in value else f"version {value['version']}"
                self.answers.append((response.status_code, said))


@pytest.fixture
def running(promoted: World, tmp_path: Path) -> Iterator[Running]:
    served = follow(promoted.git, promoted.roots, promoted.main, promoted.promotions, promoted.now).models[MODEL]
    assert isinstance(served, Served)
    server = Running(promoted, tmp_path / "state", dict(served.golden.spec.rows[0].row))
    server.start()
    yield server
    if server.popen and server.popen.poll() is None:
        server.popen.kill()
        server.popen.communicate()


def warn(world: World) -> None:
    acts.advise(world, {"scikit-learn": "CVE-2027-1"})


def strict(world: World) -> None:
    acts.change_rules(world, acts.set_policy(world, "vulnerability", on_live="stop"))


def waive(world: World) -> None:
    acts.waive(world, acts.waiver(world, "vulnerability/known", FLAW, days=1))


def next_day(world: World) -> None:
    world.later(days=1)


def clean(world: World) -> None:
    acts.advise(world, {})


def withdraw(world: World) -> None:
    world.land(acts.propose_trust(world, {"withdrawn": [1]}))


#: change → what the model then says of itself, and whether it serves
STORY: tuple[tuple[Callable[[World], None], list[str], bool], ...] = (
    (warn, ["RULE_FAIL"], True),
    (strict, ["RULE_FAIL"], False),
    (waive, ["RULE_WAIVED"], True),
    (next_day, ["RULE_FAIL"], False),
    (clean, [], True),
    (withdraw, ["WITHDRAWN"], False),
)


@pytest.mark.whole
def test_each_change_is_met_within_two_seconds_and_no_request_is_dropped(running: Running) -> None:
    with running.traffic():
        for change, codes, serves in STORY:
            change(running.world)
            running.meets(change.__name__, codes, serves=serves)
    assert running.dropped == []
    assert set(running.answers) == {(200, "version 1"), (503, "MODEL_CLOSED")}
    assert max(running.seconds.values()) < 2.0, running.seconds
    told = [item["code"] for item in reversed(running.get("/events")["events"])]
    assert [code for code in told if code in ("CLOSED", "ADMITTED")] == ["ADMITTED", "CLOSED"] * 3
    assert {"RULE_FAIL", "RULE_WAIVED", "WARNING_OVER"} <= set(told)
    before = running.model()
    assert "Traceback" not in running.stop()
    assert walk(running.folder / "audit").findings == ()
    running.start()
    assert running.model() == before
    running.stop()
