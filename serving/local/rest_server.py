"""Listens for HTTP and hands requests to the REST API."""

import socket
import threading
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

from serving.grpc_options import MAX_MESSAGE_BYTES
from serving.local.rest_api import Answer
from serving.local.rest_api import RestApi

_IDLE_SECONDS = 5.0


class RestServer:
    """Answers while it is used as a context manager, one call a connection."""

    def __init__(self, api: RestApi, host: str, port: int) -> None:
        """Takes the port; answers once entered.

        Args:
            api: Knows the answers.
            host: The address to listen on.
            port: The port to listen on; 0 picks a free one.

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

    def __enter__(self) -> "RestServer":
        """Starts to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Takes no new calls and waits for those in flight."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # So that closing waits for them.
    allow_reuse_port = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    rest_api: RestApi
    timeout = _IDLE_SECONDS  # Who sends nothing for so long is cut off.

    def do_GET(self) -> None:
        """Answers any method."""
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            self._send(_refusal(400, "Bad Content-Length."))
        elif int(length) > MAX_MESSAGE_BYTES:
            self._send(
                _refusal(413, f"Bodies end at {MAX_MESSAGE_BYTES} bytes.")
            )
        elif "Transfer-Encoding" in self.headers:
            self._send(_refusal(411, "Bodies need a Content-Length."))
        else:
            path = self.path.partition("?")[0]
            body = self.rfile.read(int(length))
            self._send(self.rest_api.answer(self.command, path, body))

    # The names are the library's.
    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing: the metrics count."""

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode("utf-8")
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _refusal(code: int, why: str) -> Answer:
    return Answer(code, f'{{"error": "{why}"}}')
