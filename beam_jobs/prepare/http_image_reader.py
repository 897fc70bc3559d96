"""HTTP download of photos, with retries, backoff and a total timeout.

Only public hosts and those that the user allows are connected to.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from typing import Any
from urllib.parse import urljoin

import urllib3
from requests.utils import get_auth_from_url
from requests.utils import get_environ_proxies
from requests.utils import prepend_scheme_if_needed
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import NameResolutionError
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ProxyError
from urllib3.exceptions import TimeoutError as SilenceError

from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.photo_hosts import PhotoHosts
from beam_jobs.prepare.photo_hosts import PrivateHostError

USER_AGENT = "Atelier (beam_jobs.prepare)"
TRIES = 4
MAX_REDIRECTS = 3
BUSY = (429, 500, 502, 503, 504)
"""HTTP status codes after which a download is retried."""
FIRST_PAUSE_S = 0.5
"""Maximum pause after the first try, in seconds; doubles with each try."""
MAX_PAUSE_S = 30.0
"""Maximum pause before another try, in seconds, even by Retry-After."""

# It would log a traceback for each connection that ends within the headers.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
_this_thread = threading.local()


class HttpPhotos:
    """HTTP client for photos that keeps its connections open.

    It uses the proxies of the environment (`http_proxy`, `no_proxy`, …), as
    curl does. A proxy is trusted to look up the hosts.

    Args:
        timeout_s: Timeout of one try, in seconds, including redirects.
        connections: Number of connections per host to keep open.
        hosts: Check of the hosts to connect to.

    Example:
        photos = HttpPhotos(10.0, connections=4, hosts=PhotoHosts())
        photo = photos.read("https://host/a.jpg", max_bytes=64 << 20)
    """

    def __init__(
        self, timeout_s: float, connections: int, hosts: PhotoHosts
    ) -> None:
        self._timeout_s = timeout_s
        self._connections = connections
        self._hosts = hosts
        self._managers: dict[str, urllib3.PoolManager] = {}

    def read(self, url: str, max_bytes: int) -> bytes | ImageError:
        """Downloads one photo.

        Retries after a broken connection or a busy server, but not after a
        timeout.

        Args:
            url: URL of the photo, `http://…` or `https://…`.
            max_bytes: Maximum size; the download of a larger photo stops.

        Returns:
            The photo bytes, or the reason of the failure as an `ImageError`.
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
                # Random, so that tries that failed together are spread in time.
                pause = random.uniform(0, longest_pause)
                time.sleep(min(max(pause, failure.asked_s), MAX_PAUSE_S))
                longest_pause *= 2
        raise AssertionError("the last try returns")

    def _try(self, url: str, max_bytes: int) -> bytes:
        _this_thread.hosts = self._hosts
        with _Deadline(self._timeout_s) as deadline:
            try:
                data = self._read(url, max_bytes)
            except PrivateHostError as error:
                raise ImageError(
                    "photo_host_not_allowed", f"{url} was not opened: {error}"
                ) from error
            except (NewConnectionError, ProxyError) as error:
                raise _TryAgain(f"cannot be reached ({error})") from error
            except SilenceError:
                pass
            except ProtocolError as error:
                if not deadline.passed():
                    raise _TryAgain(
                        f"dropped the connection ({error.args[0]})"
                    ) from error
            except (HTTPError, ValueError) as error:
                raise _unreachable(
                    url, f"cannot be downloaded: {error}"
                ) from error
            else:
                if not deadline.passed():
                    return data
        raise _unreachable(
            url, f"did not send a photo within {self._timeout_s:g} seconds"
        )

    def _read(self, url: str, max_bytes: int) -> bytes:
        # Closing an unread response also closes its connection.
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
        """Opens a URL, following redirects; urllib3 would read their bodies."""
        place = url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._manager(place).request(
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

    def _manager(self, url: str) -> urllib3.PoolManager:
        """Returns the connections for a URL, through its proxy if it has one.

        Raises:
            PrivateHostError: If the proxy would be asked for a private host.
        """
        proxy = select_proxy(url, get_environ_proxies(url)) or ""
        if proxy:
            self._hosts.check_unresolved(_host(url))
        manager = self._managers.get(proxy)
        if manager is None:  # Two threads may make one; the first is kept.
            new = self._new_manager(proxy)
            manager = self._managers.setdefault(proxy, new)
        return manager

    def _new_manager(self, proxy: str) -> urllib3.PoolManager:
        options: dict[str, Any] = {
            "maxsize": self._connections,
            "headers": {"User-Agent": USER_AGENT},
            "timeout": urllib3.Timeout(
                connect=self._timeout_s, read=self._timeout_s
            ),
        }
        manager: urllib3.PoolManager
        if proxy:
            proxy = prepend_scheme_if_needed(proxy, "http")
            user, password = get_auth_from_url(proxy)
            auth = f"{user}:{password}" if user else None
            manager = urllib3.ProxyManager(
                proxy,
                proxy_headers=urllib3.make_headers(proxy_basic_auth=auth),
                **options,
            )
        else:
            manager = urllib3.PoolManager(**options)
        manager.pool_classes_by_scheme = {"http": _Host, "https": _SecureHost}
        return manager


class _TryAgain(Exception):  # noqa: N818  Control flow, not an error.
    """A failed try that is worth a retry, after at least `asked_s`."""

    def __init__(self, text: str, asked_s: float = 0.0) -> None:
        super().__init__(text)
        self.asked_s = asked_s


class _Deadline:
    """Total timeout of a try: shuts its connection down when it expires.

    The timeout of a socket restarts with each byte, so a server that sends
    single bytes could block a worker forever.
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
        """Watches a connection instead of the previous one."""
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
    """Unblocks the thread that reads from a connection."""
    with contextlib.suppress(OSError):  # It may be closed already.
        # Not SSLSocket.shutdown, which discards the TLS state that is in use.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connects to an address that was checked.

        A second look-up of the name could return another address.
        """
        if self.proxy is not None:
            return super()._new_conn()
        host = self.host
        try:
            addresses = _this_thread.hosts.resolve(host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(host, self, error) from error
        failure: HTTPError | None = None
        for address in addresses:
            if failure and _this_thread.deadline.passed():
                break
            try:
                self.host = address
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = failure or error
            finally:
                self.host = host
        raise failure or NewConnectionError(self, "it has no address")

    def getresponse(self) -> Any:
        _this_thread.deadline.watch(self.sock)
        return super().getresponse()


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS, with the certificate of the name."""


class _Host(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecureHost(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _asked_pause(response: urllib3.BaseHTTPResponse) -> float:
    """Returns the seconds of the Retry-After header, 0 if there is none."""
    try:
        return urllib3.Retry().get_retry_after(response) or 0.0
    except Exception:  # The header may hold anything.
        return 0.0


def _host(url: str) -> str:
    """Returns the host of a URL as urllib3 sends it to a proxy."""
    return (urllib3.util.parse_url(url).host or "").strip("[]").rstrip(".")


def _unreachable(url: str, problem: str) -> ImageError:
    return ImageError("photo_unreachable", f"{url} {problem}")
