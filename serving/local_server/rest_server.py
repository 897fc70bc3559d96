"""HTTP/1.1 server of the REST API."""

import contextlib
import http.client
import io
import json
import re
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any

from serving.local_server.http_body import BodyError
from serving.local_server.http_body import read_body
from serving.local_server.rest_api import HttpResponse
from serving.local_server.rest_api import RestApi

# For the wait for a request, then for its head and body, then for the answer;
# the default of libevent.
_MAX_SECONDS = 50.0
_MAX_CONNECTIONS = 128  # Each has a thread and may hold a body.
_MAX_HEAD_BYTES = 64 * 2**10
_MAX_ERROR_CHARACTERS = 200
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_SCHEME_AND_HOST = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)


class RestServer:
    """HTTP/1.1 server that answers between `start` and `stop`.

    Attributes:
        address: host:port of the server.
    """

    def __init__(self, api: RestApi, host: str, port: int) -> None:
        """Binds the port; the server answers once it is started.

        Args:
            api: Handler of the requests.
            host: Address to listen on.
            port: Port to listen on; 0 picks a free port.

        Raises:
            OSError: if the port is taken.
        """

        class Handler(_Handler):
            rest_api = api

        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        address_class = type("Server", (_Server,), {"address_family": family})
        self._server = address_class((host.strip("[]"), port), Handler)
        self.address = f"{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), daemon=True
        )

    def start(self) -> None:
        """Starts to answer requests."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Rejects new calls, and aborts running ones after a grace period.

        Args:
            grace: Seconds for the calls in flight.
        """
        self._server.shutdown()
        self._server.server_close()
        self._server.drain(grace)
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """HTTP server that tracks open connections, to close them at the end."""

    daemon_threads = True
    allow_reuse_port = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._open: set[Any] = set()
        self._changed = threading.Condition()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            busy = len(self._open) >= _MAX_CONNECTIONS
            if not busy:
                self._open.add(request)
        if busy:
            with contextlib.suppress(OSError):
                request.sendall(_BUSY)
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # Lost connections.
            super().handle_error(request, client_address)

    def drain(self, seconds: float) -> None:
        with self._changed:
            self._end(socket.SHUT_RD)  # Only requests in flight are answered.
            self._changed.wait_for(lambda: not self._open, seconds)
            self._end(socket.SHUT_RDWR)

    def _end(self, direction: int) -> None:
        for connection in self._open:
            with contextlib.suppress(OSError):  # The connection may be lost.
                connection.shutdown(direction)


class _Handler(BaseHTTPRequestHandler):
    rest_api: RestApi
    protocol_version = "HTTP/1.1"  # Keeps connections alive.
    default_request_version = "HTTP/1.1"  # HTTP/0.9 has no status line.
    disable_nagle_algorithm = True  # A body would wait for the headers' ACK.

    def setup(self) -> None:
        super().setup()
        self._socket = _TimedSocket(self.connection)
        self.rfile = io.BufferedReader(self._socket)

    def handle_one_request(self) -> None:
        self._socket.restart()
        super().handle_one_request()

    def parse_request(self) -> bool:
        self._socket.restart()
        stream, self.rfile = self.rfile, _Head(self.rfile)
        try:
            return super().parse_request()
        finally:
            self.rfile = stream

    def do_GET(self) -> None:
        """Handles a request of any HTTP method."""
        if self.headers.defects:  # The rest would count as the body.
            self.send_error(400, "A header is malformed.")
            return
        try:
            body = read_body(self.rfile, self.headers)
        except BodyError as error:
            self.send_error(error.code, str(error))
            return
        path = _SCHEME_AND_HOST.sub("", self.path)
        self._send(self.rest_api.answer(self.command, path, body))

    # `http.server` prescribes these names.
    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Refuses a request in JSON, where `http.server` would write HTML."""
        self.close_connection = True  # An unread body would follow.
        text = (message or HTTPStatus(code).phrase)[:_MAX_ERROR_CHARACTERS]
        self._send(HttpResponse(code, json.dumps({"error": text})))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Suppresses the access log; the metrics count the requests."""

    def _send(self, answer: HttpResponse) -> None:
        body = answer.text.encode("utf-8")
        self.connection.settimeout(_MAX_SECONDS)
        # `send_response` would also name the server and its version.
        self.send_response_only(answer.code)
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _TimedSocket(io.RawIOBase):
    """Socket with a deadline, which a peer that sends slowly cannot extend."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.restart()

    def restart(self) -> None:
        self._deadline = time.monotonic() + _MAX_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The request came too slowly.")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Head(io.BufferedIOBase):
    """Lines of the head of a request, up to a total size."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._left = _MAX_HEAD_BYTES

    def readline(self, limit: int | None = -1, /) -> bytes:
        line = self._stream.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise http.client.HTTPException("The head is too long.")
        if b"\r" in line[:-2]:  # The parser would end the line there.
            raise http.client.HTTPException("A line holds a carriage return.")
        return line
