"""The whole process: it answers, follows, stops when told to, and survives being killed at any moment."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused, UsageError
from serving import high_water, server
from serving import process as process_module
from serving.audit_walk import walk
from serving.settings import Settings
from tests.serving import toy

RUN = Path(__file__).with_name("run_toy.py")
FOREIGN = {"cloudpickle", "dill", "joblib", "numpy", "onnx", "pandas", "pipelines", "scipy", "sklearn", "skops"}
PATIENCE = 20.0


class Process:
    """A serving process of its own."""

    def __init__(self, folder: Path, **told: Any) -> None:
        facts = {"remote": str(folder / "remote.git"), "state": str(folder / "state"), **told}
        self.state = Path(facts["state"])
        self.popen = subprocess.Popen(
            [sys.executable, "-I", str(RUN), json.dumps(facts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        address = self.state / "address"
        wait(lambda: address.exists() or self.popen.poll() is not None)
        return address.read_text().strip()

    def get(self, path: str) -> Any:
        return httpx.get(self.url() + path, trust_env=False, timeout=10).json()

    def events(self) -> list[str]:
        return [item["code"] for item in self.get("/events")["events"]]

    def predict(self) -> httpx.Response:
        return httpx.post(f"{self.url()}/predict/credit", json={"rows": [toy.ROW]}, trust_env=False, timeout=10)

    def version(self) -> int:
        response = self.predict()
        return int(response.json()["version"]) if response.status_code == 200 else 0

    def ends(self) -> tuple[int, str]:
        _, errors = self.popen.communicate(timeout=PATIENCE)
        return self.popen.returncode, errors

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.popen.send_signal(number)
        return self.ends()


def wait(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def begin(**told: Any) -> Process:
        (tmp_path / "state" / "address").unlink(missing_ok=True)
        started.append(Process(tmp_path, **told))
        return started[-1]

    yield begin
    for process in started:
        process.popen.kill()
        process.popen.communicate()


Start = Callable[..., Process]


def test_answers_follows_and_stops(remote: toy.Remote, start: Start) -> None:
    remote.offer(1)
    process = start()
    wait(lambda: process.version() == 1)
    remote.offer(2)
    merged = time.monotonic()
    wait(lambda: process.version() == 2)
    assert time.monotonic() - merged < 10
    code, errors = process.stop()
    assert (code, "STARTED" in errors, "SWAPPED credit" in errors, "STOPPED" in errors) == (0, True, True, True)
    assert "Traceback" not in errors
    assert not (process.state / "address").exists()
    assert walk(process.state / "audit").findings == ()


def test_no_module_of_the_running_process_can_load_a_pickle(remote: toy.Remote, start: Start) -> None:
    remote.offer(1)
    process = start()
    wait(lambda: process.version() == 1)
    for path in ("/model", "/drift", "/events", "/healthz", "/readyz", "/openapi.json"):
        process.get(path)
    assert httpx.get(process.url(), trust_env=False).status_code == 200
    assert process.popen.stdin
    assert process.popen.stdout
    process.popen.stdin.write("\n")
    process.popen.stdin.flush()
    names = json.loads(process.popen.stdout.readline())
    assert not FOREIGN & {name.partition(".")[0] for name in names}
    assert "serving.process" in names
    assert "PICKLE_LOADED_EARLY" not in process.events()
    maps = Path(f"/proc/{process.popen.pid}/maps")
    if maps.exists():
        loaded = maps.read_text()
        assert "uvloop" in loaded
        assert not [name for name in ("/_pickle.", "numpy", "sklearn", "pandas", "scipy") if name in loaded]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered_before_the_end(
    remote: toy.Remote, start: Start, number: signal.Signals
) -> None:
    remote.offer(1)
    process = start()
    wait(lambda: process.version() == 1)
    host, port = process.url().removeprefix("http://").split(":")
    body = json.dumps({"rows": [toy.ROW]}).encode()
    head = b"POST /predict/credit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(head % len(body) + body[:10])
        time.sleep(0.1)
        process.popen.send_signal(number)
        time.sleep(0.2)
        connection.sendall(body[10:])
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"predictions"' in answer
    assert process.ends()[0] == 0


def test_a_rewound_or_absent_remote_changes_nothing_now_or_after_a_restart(
    remote: toy.Remote, start: Start, tmp_path: Path
) -> None:
    old, _ = remote.offer(1)
    remote.offer(2)
    process = start()
    wait(lambda: process.version() == 2)
    remote.rewind(places.MAIN, old)
    wait(lambda: "REWOUND_MAIN" in process.events())
    assert process.version() == 2
    process.stop()
    again = start()
    wait(lambda: "REWOUND_MAIN" in again.events())
    assert again.version() == 2
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    wait(lambda: "REMOTE_FAILED" in again.events())
    assert again.version() == 2


@pytest.mark.whole
def test_killed_at_any_moment_it_goes_on(remote: toy.Remote, start: Start, tmp_path: Path) -> None:
    chance = random.Random(7)
    number = marked = 0
    for turn in range(int(os.environ.get("COUNTERSEAL_KILLS", "8"))):
        process = start()
        if turn % 2:
            process.url()
        end = time.monotonic() + chance.uniform(0.0, 0.6)
        while time.monotonic() < end:
            number += 1
            remote.offer(number)
            if (process.state / "address").exists():
                process.predict()
        process.popen.kill()
        process.ends()
        mark = high_water.read(process.state, toy.LOG_ID)
        assert (mark.number if mark else 0) >= marked
        marked = mark.number if mark else 0
    process = start()
    wait(lambda: process.version() == number)
    process.stop()
    assert walk(process.state / "audit").findings == ()
    assert marked > 0


def test_the_kernels_refusal_keeps_a_server_up_and_unready(remote: toy.Remote, start: Start, tmp_path: Path) -> None:
    remote.offer(1)
    (tmp_path / "roots.yaml").write_bytes(toy.roots().write())
    process = start(real=True, roots=str(tmp_path / "roots.yaml"))
    wait(lambda: "NO_TRUST" in json.dumps(process.get("/readyz")) or "TRUST" in json.dumps(process.get("/readyz")))
    assert process.predict().status_code == 503
    assert process.stop()[0] == 0


def refused(settings: Settings) -> str:
    with pytest.raises(Refused) as caught:
        process_module.run(settings, toy.roots(), judge=toy.judge)
    return caught.value.code


def test_two_servers_do_not_share_a_state(make_settings: Callable[..., Settings]) -> None:
    with process_module.alone(make_settings()):
        assert refused(make_settings()) == "STATE_IN_USE"


def test_a_port_in_use_is_a_finding(make_settings: Callable[..., Settings]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert refused(make_settings(port=taken.getsockname()[1])) == "ADDRESS"
    with pytest.raises(UsageError):
        process_module.run(make_settings(port=65536), toy.roots(), judge=toy.judge)


def test_a_broken_mark_is_no_fresh_start(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    settings.state.mkdir()
    (settings.state / high_water.FILE).write_text("{}")
    assert refused(settings) == "MISSING_FIELD"


@pytest.mark.parametrize(("content", "code"), [(None, "ROOTS_MISSING"), ("kind: Roots\n", "MISSING_FIELD")])
def test_roots_that_are_missing_or_none_are_findings(
    make_settings: Callable[..., Settings], content: str | None, code: str
) -> None:
    settings = make_settings()
    if content:
        settings.roots.write_text(content)
    with pytest.raises(Refused) as caught:
        server.read_roots(settings)
    assert caught.value.code == code
