"""Protection of the page against other web sites, as ASGI middleware."""

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Allows nothing inline and nothing of other hosts. Images of a prediction are
`data:`, images of the user's disk are `blob:`."""
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every response, by name."""
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names under which a browser on the same machine finds the page."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]+)?", re.IGNORECASE)


class SecurityHeaders:
    """ASGI application with `SECURITY_HEADERS` on every response.

    Args:
        app: Application that is wrapped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handles a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOrigin:
    """ASGI application that answers only to its own page.

    A request with an unknown `Host` is refused: by DNS rebinding, another web
    site gives its own name the address of this server, and would read the
    responses as its own. A request that writes is refused if the browser says
    that a page of another origin sends it; programs say nothing.

    Args:
        app: Application that is wrapped.
        hosts: Names of the server without the port, in lower case.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handles a request."""
        app = self._app
        if scope["type"] == "http":
            refusal = self._refusal(scope["method"], Headers(scope=scope))
            app = refusal or app
        await app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        """Returns the response of a request that is refused."""
        host = headers.get("host", "").lower()
        match = _HOST.fullmatch(host)
        if not match or match[1] not in self._hosts:
            return _error(
                421,
                "The studio does not answer under this name; start it with "
                "--allowed_host and the name in the address bar.",
            )
        if method in ("GET", "HEAD") or _is_same_origin(headers, host):
            return None
        return _error(403, "Only the studio's own page may send this.")


def _is_same_origin(headers: Headers, host: str) -> bool:
    """Returns whether the browser does not report another origin.

    The scheme does not count: a proxy in front may add TLS.
    """
    site = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin", f"//{host}").lower()
    same = origin.partition("//")[2] == host
    return same and site in ("same-origin", "none")


def _error(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)
