"""The serving process, from the lock on its state folder to the last line of its log."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from counterseal.values.finding import UsageError, refuse
from counterseal.verification.follow import follow
from serving import app, durable
from serving.audit_log import AuditLog
from serving.poller import pollers
from serving.protocol import GuardedProtocol
from serving.service import Service
from serving.source import Source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

    from counterseal.documents.trust import Roots
    from serving.app import Lifespan
    from serving.poller import Offer
    from serving.settings import Settings
    from serving.source import Follow

ADDRESS = "address"
CONNECTIONS = 512
BACKLOG = 512
KEEP_ALIVE = 15
GRACE = 10
PATIENCE = 2.0


def run(settings: Settings, roots: Roots, early: tuple[str, ...] = (), judge: Follow = follow) -> int:
    """Serve until a signal; ``judge`` is the kernel's ``follow``, ``early`` is what ``no_pickle`` came too late for."""
    with alone(settings), contextlib.closing(open_audit(settings)) as audit, listening(settings) as listener:
        source = Source(settings, roots, judge)
        service = Service(settings, audit)
        if early:
            service.note("PICKLE_LOADED_EARLY", "process", f"imported before the server: {', '.join(early)}")
        server = uvicorn.Server(configure(app.build(service, polling(service, source))))
        with contextlib.closing(source.mirror), _ending(server), _announced(service, listener):
            server.run(sockets=[listener])
    return 0


def configure(application: FastAPI) -> uvicorn.Config:
    """Return uvicorn's configuration: one process, nothing guessed, nothing said about itself."""
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


def polling(service: Service, source: Source) -> Lifespan:
    """Poll while the application runs; every offer is taken on its loop, so nothing is shared between threads."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def deliver(offer: Offer) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to take it
                loop.call_soon_threadsafe(service.take, offer)

        threads = pollers(source, service.settings.poll, deliver)
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for thread in threads:
                await asyncio.to_thread(thread.stop, PATIENCE)

    return lifespan


def open_audit(settings: Settings) -> AuditLog:
    """Go on with the audit log in the state folder."""
    return AuditLog(
        settings.state / "audit",
        settings.clock,
        limit=settings.audit_limit,
        sync_every=settings.sync_every,
        timer=settings.timer,
    )


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the state folder's lock; the system lets go of it whatever ends this process."""
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(settings.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, str(settings.state))
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, where: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        mend = "stop the other server, or give this one a state folder of its own"
        raise refuse("STATE_IN_USE", where, "a folder of this server's own", "another server's", mend) from error


def listening(settings: Settings) -> socket.socket:
    """Bind the address, so that whatever is announced can be connected to."""
    if not 0 <= settings.port < 2**16:
        msg = f"--port: expected a number from 0 to 65535, got {settings.port}"
        raise UsageError(msg)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise refuse("ADDRESS", where, "an address that can be bound", error, "choose another --port") from error


@contextlib.contextmanager
def _announced(service: Service, listener: socket.socket) -> Iterator[None]:
    """Say where the server answers, on the terminal and in a file, for as long as it does."""
    settings, (host, port) = service.settings, listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    durable.replace(settings.state / ADDRESS, f"{url}\n".encode())
    service.note("STARTED", url, f"following {settings.remote} at {settings.main}")
    try:
        yield
    finally:
        (settings.state / ADDRESS).unlink(missing_ok=True)
        service.note("STOPPED", url, "asked to stop")


@contextlib.contextmanager
def _ending(server: uvicorn.Server) -> Iterator[None]:
    """End the server at a signal, whenever it comes; uvicorn catches it only while it runs, and raises it again."""

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
