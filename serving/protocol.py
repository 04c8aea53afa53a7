"""uvicorn's HTTP protocol, with limits on what a connection may cost before there is a request to refuse.

* A request line and headers of more than ``MAX_HEAD`` bytes end the connection: the parser would collect them for ever.
* A request that is not whole ``SECONDS`` after its first byte, or a connection on which none begins, is closed.

Tested against the pinned uvicorn (tests/serving/test_protocol.py), for it leans on the names of its callbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

MAX_HEAD = 32 * 1024
SECONDS = 20.0


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what arrives before the headers are complete."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """Start the clock, and the count, for a request."""
        super().on_message_begin()
        self._in_head = True
        self._arm()

    def on_headers_complete(self) -> None:
        """Stop counting: the body is counted by whoever reads it."""
        super().on_headers_complete()
        self._in_head, self._head = False, 0

    def on_message_complete(self) -> None:
        """Stop the clock: the request is whole."""
        super().on_message_complete()
        self._disarm()
        self._in_head = True

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(SECONDS, self._give_up)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
