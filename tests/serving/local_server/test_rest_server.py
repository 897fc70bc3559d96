"""Connections of the REST API: limits, and what a response tells."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from serving.local_server import rest_server
from serving.local_server.rest_api import HttpResponse
from serving.local_server.rest_server import RestServer


class Echo:
    """Stands in for the API: answers with what it was asked."""

    def answer(self, method: str, path: str, body: bytes) -> HttpResponse:
        return HttpResponse(200, f"{method} {path} {body.decode()}")


@pytest.fixture
def echo() -> Iterator[RestServer]:
    server = RestServer(Echo(), "127.0.0.1", 0)  # type: ignore[arg-type]
    server.start()
    yield server
    server.stop(1.0)


@contextlib.contextmanager
def connected(server: RestServer) -> Iterator[socket.socket]:
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as peer:
        yield peer


def send(server: RestServer, data: bytes) -> bytes:
    """Sends bytes and returns all that comes until the server closes."""
    with connected(server) as peer:
        peer.sendall(data)
        return peer.makefile("rb").read()


def test_a_response_does_not_name_the_server(echo: RestServer) -> None:
    connection = http.client.HTTPConnection(echo.address, timeout=10)
    connection.request("GET", "/v1")
    headers = connection.getresponse().headers
    connection.close()
    assert set(headers) == {"Date", "Content-Type", "Content-Length"}


@pytest.mark.parametrize(
    ("request_line", "path"),
    [
        ("GET http://host:1/v1/a?b=c", "/v1/a?b=c"),
        ("GET HTTPS://u@[::1]:1/v1/a", "/v1/a"),
        ("GET /v1/http://a", "/v1/http://a"),
    ],
)
def test_an_absolute_uri_is_its_path(
    echo: RestServer, request_line: str, path: str
) -> None:
    head = f"{request_line} HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert send(echo, head.encode()).endswith(f"GET {path} ".encode())


def test_a_chunked_request_is_followed_by_another(echo: RestServer) -> None:
    answers = send(
        echo,
        b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nx\r\n0\r\n\r\n"
        b"POST /b HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\ny",
    )
    assert b"POST /a x" in answers
    assert answers.endswith(b"POST /b y")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200, 431),
        (b"GET / HTTP/1.1\r\n" + b"a: %s\r\n" % (b"b" * 1000) * 70, 431),
        (b"GET /%s HTTP/1.1\r\n" % (b"a" * 70_000), 414),
        (b"GET / HTTP/1.1\r\nContent-Length : 3\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n", 501),
        (b"BREW / HTTP/1.1\r\n", 501),
        (b"GET / HTTP/1.1\r\nX: a\r\r\nContent-Length: 5\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: a\rContent-Length: 5\r\n", 431),
        (b"\x16\x03\x01 / nonsense\r\n", 400),
    ],
)
def test_a_bad_head_is_refused_in_json(
    echo: RestServer, head: bytes, code: int
) -> None:
    answer = send(echo, head + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % code)
    assert b'\r\n\r\n{"error": "' in answer
    assert b"Server:" not in answer
    assert len(answer) < 1000


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nA: "])
def test_a_slow_peer_is_left(
    echo: RestServer, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """One byte now and then does not extend the time."""
    monkeypatch.setattr(rest_server, "_MAX_SECONDS", 0.3)
    with connected(echo) as peer:
        peer.sendall(sent)
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - began < 5:
                peer.sendall(b"x" if sent else b"")
                peer.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    if not peer.recv(1000):
                        break
        assert time.monotonic() - began < 3


def test_connections_have_a_limit(
    echo: RestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_server, "_MAX_CONNECTIONS", 2)
    with connected(echo) as first, connected(echo):
        first.sendall(b"GET /a HTTP/1.1\r\n\r\n")
        assert first.recv(15) == b"HTTP/1.1 200 OK"
        assert send(echo, b"").startswith(b"HTTP/1.1 503 ")
    give_up_at = time.monotonic() + 5
    while time.monotonic() < give_up_at:
        answer = send(echo, b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n")
        if answer.endswith(b"GET /b "):
            return
        time.sleep(0.01)
    pytest.fail("The connections were not given back.")
