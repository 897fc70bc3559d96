"""HTTP/1.1 server of the REST API."""

import contextlib
import socket
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any

from serving.client.grpc_options import MAX_MESSAGE_BYTES
from serving.local_server.rest_api import HttpResponse
from serving.local_server.rest_api import RestApi

# Idle connections are closed after this time, the default of libevent.
_IDLE_SECONDS = 50.0


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
            self._open.add(request)
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
    disable_nagle_algorithm = True  # A body would wait for the headers' ACK.
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        """Handles a request of any HTTP method."""
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            self._refuse(400, "Content-Length must be a whole number.")
        elif int(length) > MAX_MESSAGE_BYTES:
            self._refuse(
                413, f"The body must not exceed {MAX_MESSAGE_BYTES} bytes."
            )
        elif "Transfer-Encoding" in self.headers:
            self._refuse(411, "The body needs a Content-Length.")
        else:
            self._answer(self.rfile.read(int(length)), int(length))

    # `http.server` prescribes these names.
    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Suppresses the access log; the metrics count the requests."""

    def _answer(self, body: bytes, length: int) -> None:
        if len(body) < length:
            self.close_connection = True  # The client closed the connection.
            return
        if "gzip" in self.headers.get("Content-Encoding", ""):
            body = _unzip(body)
        self._send(self.rest_api.answer(self.command, self.path, body))

    def _refuse(self, code: int, why: str) -> None:
        self.close_connection = True  # The unread body would follow.
        self._send(HttpResponse(code, f'{{"error": "{why}"}}'))

    def _send(self, answer: HttpResponse) -> None:
        body = answer.text.encode("utf-8")
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _unzip(body: bytes) -> bytes:
    """Decompresses gzip data up to the size limit; returns b"" if broken."""
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: gzip format.
    try:
        return unzip.decompress(body, MAX_MESSAGE_BYTES)
    except zlib.error:
        return b""
