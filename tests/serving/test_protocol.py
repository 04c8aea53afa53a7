"""What a connection may cost before there is a request: bytes and seconds."""

import json
import socket
import time
from typing import Any

import pytest

from serving import protocol
from tests.serving import toy

BODY = json.dumps({"rows": [toy.ROW]}).encode()
HEAD = b"POST /predict/credit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
REQUEST = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


def flood(live: Any, start: bytes, piece: bytes) -> tuple[bytes, int]:
    sent = 0
    with socket.create_connection(live.address, timeout=10) as connection:
        try:
            connection.sendall(start)
            while sent < 100 * protocol.MAX_HEAD:
                connection.sendall(piece)
                sent += len(piece)
                time.sleep(0.0005)
        except OSError:
            pass
        try:
            return connection.recv(65536), sent
        except OSError:
            return b"", sent


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET /", b"a" * 4096),
        (b"GET / HTTP/1.1\r\nx: ", b"a" * 4096),
        (b"GET / HTTP/1.1\r\n", b"x: " + b"a" * 4000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\n", b"x: y\r\n" * 600),
    ],
)
def test_a_head_without_end_ends_the_connection(live: Any, start: bytes, piece: bytes) -> None:
    answer, sent = flood(live, start, piece)
    assert sent < 100 * protocol.MAX_HEAD
    assert b" 400 " in (answer.splitlines() or [b" 400 "])[0]


def test_requests_and_bodies_of_some_size_still_pass(live: Any) -> None:
    with socket.create_connection(live.address, timeout=10) as connection:
        for _ in range(3):
            padded = BODY[:-1] + b" " * (3 * protocol.MAX_HEAD) + BODY[-1:]
            connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(padded) + padded)
            assert b" 200 " in connection.recv(65536).splitlines()[0]


def test_requests_sent_ahead_are_answered_in_order(live: Any) -> None:
    with socket.create_connection(live.address, timeout=10) as connection:
        connection.sendall(REQUEST * 3)
        answer = b""
        while answer.count(b"predictions") < 3:
            answer += connection.recv(65536)
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def closes_within(live: Any, data: bytes, seconds: float) -> bool:
    with socket.create_connection(live.address, timeout=seconds) as connection:
        connection.sendall(data)
        try:
            while connection.recv(65536):
                pass
        except TimeoutError:
            return False
    return True


@pytest.mark.parametrize("data", [b"", b"GET", b"GET / HTTP/1.1\r\nx: ", HEAD + b"content-length: 9\r\n\r\n{"])
def test_a_request_that_does_not_come_is_not_waited_for(
    live: Any, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(protocol, "SECONDS", 0.2)
    assert closes_within(live, data, 5)


def test_a_slow_body_is_told_so(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.body.SECONDS", 0.1)
    with socket.create_connection(live.address, timeout=5) as connection:
        connection.sendall(HEAD + b"content-length: 9\r\n\r\n{")
        answer = connection.recv(65536)
    assert b" 408 " in answer.splitlines()[0]
    assert b"BODY_TOO_SLOW" in answer


@pytest.mark.parametrize("data", [b"rubbish\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_is_refused(live: Any, data: bytes) -> None:
    with socket.create_connection(live.address, timeout=5) as connection:
        connection.sendall(data)
        assert b" 400 " in connection.recv(65536).splitlines()[0]
    assert live.http.get("/healthz").status_code == 200
