"""The running half of the demo: a server in a process of its own, and clients that ask it.

Everything stays on the loopback interface, and every loop has an end.
"""

from __future__ import annotations

import csv
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from scripts.stage.story import PROGRAM, BrokenStoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Found = TypeVar("Found")
PATIENCE = 30.0
_PAUSE = 0.02
_MOST_REQUESTS = 20_000


@dataclass
class Server:
    """A server started for the demo, and what it says of itself."""

    state: Path
    process: subprocess.Popen[bytes]
    address: str = ""

    @classmethod
    def start(cls, forge: Path, roots: Path, state: Path) -> Server:
        """Start it on a free port of the loopback interface and wait until it answers."""
        words = ("serve", "--remote", str(forge), "--roots", str(roots), "--state", str(state), "--port", "0")
        state.mkdir(parents=True)
        with (state.parent / f"{state.name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*PROGRAM, *words, "--poll", "0.3"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        server = cls(state, process)
        try:
            server.address = _wait("an address", lambda: _text(state / "address"))
        except BaseException:
            server.stop()
            raise
        return server

    def get(self, path: str) -> Any:  # noqa: ANN401 (JSON is any value)
        """Ask for one of the pages that say how it stands."""
        return httpx.get(f"{self.address}{path}", timeout=PATIENCE).json()

    def predict(self, model: str, rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401
        """Ask for predictions; any status but 200 breaks the story."""
        answer = httpx.post(f"{self.address}/predict/{model}", json={"rows": rows}, timeout=PATIENCE)
        if answer.status_code != httpx.codes.OK:
            msg = f"the server answered {answer.status_code}: {answer.text[:300]}"
            raise BrokenStoryError(msg)
        return answer.json()

    def wait_for_number(self, model: str, number: int) -> float:
        """Wait until a promotion serves; return the seconds it took."""
        began = time.monotonic()
        _wait(f"promotion {number} to serve", lambda: self._serves(model, number))
        return time.monotonic() - began

    def wait_for_event(self, code: str) -> str:
        """Wait for an event; return what it says."""
        return str(_wait(f"the event {code}", lambda: self._event(code)))

    def stop(self) -> None:
        """End the process that ``start`` began."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _serves(self, model: str, number: int) -> bool:
        answer = httpx.get(f"{self.address}/model/{model}", timeout=PATIENCE)
        return answer.status_code == httpx.codes.OK and answer.json()["number"] == number

    def _event(self, code: str) -> str:
        events = self.get("/events")["events"]
        return next((str(event.get("message", event)) for event in events if event.get("code") == code), "")


@dataclass
class Traffic:
    """Requests that go on while something else happens: how many, by which promotion answered, how many failed."""

    server: Server
    model: str
    rows: list[dict[str, Any]]
    answered: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to ask."""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop asking and wait for the last answer."""
        self._stop.set()
        if self._thread:
            self._thread.join(PATIENCE)

    def _ask(self) -> None:
        with httpx.Client(base_url=self.server.address, timeout=PATIENCE) as client:
            for index in range(_MOST_REQUESTS):
                if self._stop.is_set():
                    return
                row = self.rows[index % len(self.rows)]
                try:
                    answer = client.post(f"/predict/{self.model}", json={"rows": [row]})
                    answer.raise_for_status()
                    self.answered[answer.json()["number"]] += 1
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self.failed.append(str(error)[:200])
                time.sleep(_PAUSE)


def read_rows(path: Path, inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Read a data file's rows as requests: the model's inputs, numbers as numbers."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{item["name"]: _cell(item, line[item["name"]]) for item in inputs} for line in csv.DictReader(file)]


def shifted(
    rows: list[dict[str, Any]], inputs: Sequence[Mapping[str, Any]], by: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return rows whose numbers have drifted by a factor, kept within what the model accepts."""
    highest = {item["name"]: item["maximum"] for item in inputs if item["type"] != "category"}
    return [{**row, **{name: min(highest[name], int(row[name] * times)) for name, times in by.items()}} for row in rows]


def _cell(item: Mapping[str, Any], text: str) -> str | int | float | None:
    if not text:
        return None
    if item["type"] == "category":
        return text
    return int(text) if item["type"] == "integer" else float(text)


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _wait(what: str, ask: Callable[[], Found]) -> Found:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if found := ask():
                return found
        except httpx.HTTPError:
            pass
        time.sleep(_PAUSE)
    msg = f"waited {PATIENCE:g} seconds for {what}"
    raise BrokenStoryError(msg)
