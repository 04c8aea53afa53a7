"""What the serving tests share: a real remote, a real server on a real port, and a clock that stands still."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from serving import app, process
from serving.poller import Offer
from serving.service import Service
from serving.settings import Settings
from tests.serving import toy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    Make = Callable[..., Settings]


@pytest.fixture
def remote(tmp_path: Path) -> toy.Remote:
    return toy.Remote(tmp_path / "remote.git")


@pytest.fixture
def make_settings(tmp_path: Path) -> Make:
    def make(**changed: Any) -> Settings:
        facts: dict[str, Any] = {
            "remote": str(tmp_path / "remote.git"),
            "roots": tmp_path / "roots.yaml",
            "state": tmp_path / "state",
            "clock": lambda: toy.NOW,
            "say": lambda _: None,
            "poll": 0.05,
            "port": 0,
            "what_if": True,
        }
        return Settings(**(facts | changed))

    return make


@pytest.fixture
def service(make_settings: Make) -> Iterator[Service]:
    settings = make_settings(sync_every=None)
    audit = process.open_audit(settings)
    yield Service(settings, audit)
    audit.close()


class Live:
    """A service answering on a port."""

    def __init__(self, service: Service, address: tuple[str, int]) -> None:
        self.service, self.address = service, address
        self.url = f"http://{address[0]}:{address[1]}"
        self.http = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def predict(self, *rows: dict[str, Any], model: str = "credit", **more: Any) -> httpx.Response:
        return self.http.post(f"/predict/{model}", json={"rows": list(rows), **more})

    def post(self, content: bytes, path: str = "/predict/credit", **headers: str) -> httpx.Response:
        return self.http.post(path, content=content, headers={"content-type": "application/json", **headers})


@pytest.fixture(scope="session")
def application() -> Iterator[tuple[FastAPI, tuple[str, int]]]:
    """One server for all tests; whose service it answers for changes from test to test."""
    built = app.build(None)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(process.configure(built))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield built, listener.getsockname()
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def bare(service: Service, application: tuple[FastAPI, tuple[str, int]]) -> Iterator[Live]:
    """A server that has admitted nothing."""
    built, address = application
    built.state.service = service
    live = Live(service, address)
    with live.http:
        yield live


@pytest.fixture
def live(bare: Live) -> Live:
    """A server that has admitted one model."""
    bare.service.take(Offer(toy.snapshot(toy.served())))
    return bare
