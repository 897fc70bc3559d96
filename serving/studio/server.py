"""HTTP server of the page, in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from atelier.io.errors import UserError

_MAX_CONNECTIONS = 256
_SECONDS_OF_GRACE = 5


def bind(host: str, port: int) -> socket.socket:
    """Takes a port, without answering on it yet.

    Args:
        host: Address to listen on.
        port: Port; 0 picks a free port.

    Returns:
        Socket for `serve`.

    Raises:
        UserError: If the address does not exist, or the port is taken.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family)
        # A port whose last connections are not closed yet is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        raise UserError(
            f"cannot listen on {host}:{port}: {error}; choose another port, or "
            "0 for any free one"
        ) from error
    return listener


@contextlib.contextmanager
def serve(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Context manager that answers HTTP requests in a thread.

    At its end, requests in flight have five seconds; the response to later ones
    is 503.

    Args:
        app: ASGI application.
        listener: Socket from `bind`; closed at the end.

    Example:
        with serve(create_app(config), bind("127.0.0.1", 8080)):
            input("Press Enter to stop.")
    """
    server = uvicorn.Server(
        uvicorn.Config(
            _Interruptible(app),
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # Otherwise a client could say that it is another one.
            proxy_headers=False,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_OF_GRACE,
        )
    )
    thread = threading.Thread(
        target=server.run, args=([listener],), name="studio"
    )
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server has stopped before it started")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Interruptible:
    """ASGI application that answers a request although it is canceled.

    uvicorn cancels the requests that outlast the grace at the end, and would
    log a traceback of each.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except asyncio.CancelledError:
            if scope["type"] != "http" or started:
                raise
            stopped = JSONResponse({"error": "The studio was stopped."}, 503)
            await stopped(scope, receive, send)
