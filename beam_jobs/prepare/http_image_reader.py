"""Fetches photos from web servers, politely and never for long."""

import contextlib
import logging
import random
import socket
import threading
import time
from typing import Any
from urllib.parse import urljoin

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import TimeoutError as SilenceError

from beam_jobs.prepare.image_codec import ImageError

USER_AGENT = "Atelier (beam_jobs.prepare)"
TRIES = 4
MAX_REDIRECTS = 3
BUSY = (429, 500, 502, 503, 504)
"""Answers after which another try may have more luck."""
FIRST_PAUSE_S = 0.5
"""Longest pause after the first try; it doubles from try to try."""
MAX_PAUSE_S = 30.0
"""Longest pause that a server may ask for."""

# Shows a traceback for each server that breaks off within its headers.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
_this_thread = threading.local()


class HttpPhotos:
    """Fetches photos over connections that stay open between them.

    Args:
        timeout_s: Seconds that one try may last.
        connections: How many connections to a host stay open.
    """

    def __init__(self, timeout_s: float, connections: int) -> None:
        self._timeout_s = timeout_s
        self._hosts = urllib3.PoolManager(
            maxsize=connections,
            headers={"User-Agent": USER_AGENT},
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
        )
        self._hosts.pool_classes_by_scheme = {
            "http": _Host,
            "https": _SecureHost,
        }

    def read(self, url: str, max_bytes: int) -> bytes | ImageError:
        """Fetches one photo.

        Tries again where a connection broke or the server was busy. Where it
        was slow, one try has taken all the time that a photo gets.

        Args:
            url: The address, `http://…` or `https://…`.
            max_bytes: Photos of more bytes are not read to their end.

        Returns:
            The photo, or why there is none.
        """
        longest_pause = FIRST_PAUSE_S
        for tries_left in reversed(range(TRIES)):
            try:
                return self._try(url, max_bytes)
            except ImageError as bad:
                return bad
            except _TryAgain as failure:
                if not tries_left:
                    return _unreachable(url, f"{failure}, {TRIES} times")
                # Drawn, so that what failed together is not tried together.
                pause = random.uniform(0, longest_pause)
                time.sleep(min(max(pause, failure.asked_s), MAX_PAUSE_S))
                longest_pause *= 2
        raise AssertionError("the last try returns")

    def _try(self, url: str, max_bytes: int) -> bytes:
        with _Deadline(self._timeout_s) as deadline:
            try:
                data = self._read(url, max_bytes)
            except NewConnectionError as error:
                raise _TryAgain(f"cannot be reached ({error})") from error
            except SilenceError:
                pass
            except ProtocolError as error:
                if not deadline.passed():
                    raise _TryAgain(f"broke off ({error.args[0]})") from error
            except (HTTPError, ValueError) as error:
                raise _unreachable(url, f"is not read: {error}") from error
            else:
                if not deadline.passed():
                    return data
        raise _unreachable(
            url, f"did not send a photo within {self._timeout_s:g} seconds"
        )

    def _read(self, url: str, max_bytes: int) -> bytes:
        # Closed with bytes still to come, a response closes its connection.
        with self._open(url) as response:
            if response.status in BUSY:
                raise _TryAgain(
                    f"answered {response.status}", _asked_pause(response)
                )
            if response.status != 200:
                raise _unreachable(url, f"answered {response.status}")
            if (response.length_remaining or 0) <= max_bytes:
                data = response.read(max_bytes + 1)
                if len(data) <= max_bytes:
                    return data
        raise ImageError(
            "photo_too_large", f"{url} has more than {max_bytes} bytes"
        )

    def _open(self, url: str) -> urllib3.BaseHTTPResponse:
        """Follows redirects; urllib3 would read their bodies to the end."""
        place = url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._hosts.request(
                "GET",
                place,
                preload_content=False,
                redirect=False,
                retries=False,
            )
            location = response.get_redirect_location()
            if not location:
                return response
            response.close()
            place = urljoin(place, location)
            if not place.startswith(("http://", "https://")):
                raise _unreachable(url, f"redirects to {place}")
        raise _unreachable(url, f"redirects more than {MAX_REDIRECTS} times")


class _TryAgain(Exception):  # noqa: N818  It says what to do.
    """A try that failed, but the next one may not."""

    def __init__(self, text: str, asked_s: float = 0.0) -> None:
        super().__init__(text)
        self.asked_s = asked_s


class _Deadline:
    """Cuts the connection off whose answer takes too long.

    The timeout of a socket starts anew with each byte, so that a server that
    sends one now and then could hold a worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "_Deadline":
        _this_thread.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def watch(self, connection: socket.socket) -> None:
        """Watches a connection in place of the one before."""
        self._stop()
        self._timer = threading.Timer(
            self._end - time.monotonic(), _cut_off, [connection]
        )
        self._timer.daemon = True
        self._timer.start()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()


def _cut_off(connection: socket.socket) -> None:
    """Ends the wait of the thread that reads from a connection."""
    with contextlib.suppress(OSError):  # It may be closed already.
        # Not TLS's own: it takes its state away from under the reader.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        _this_thread.deadline.watch(self.sock)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _this_thread.deadline.watch(self.sock)
        return super().getresponse()


class _Host(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecureHost(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _asked_pause(response: urllib3.BaseHTTPResponse) -> float:
    """Returns the seconds of a Retry-After header, 0 if there is none."""
    try:
        return urllib3.Retry().get_retry_after(response) or 0.0
    except Exception:  # The header may hold anything.
        return 0.0


def _unreachable(url: str, problem: str) -> ImageError:
    return ImageError("photo_unreachable", f"{url} {problem}")
