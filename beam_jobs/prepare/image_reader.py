"""Reads local and remote photo files, in the order of their paths."""

import collections
import dataclasses
import functools
import os
import stat
import threading
import urllib.parse
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.schema import paths
from beam_jobs.prepare.http_image_reader import HttpPhotos
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_paths import local_spellings
from beam_jobs.prepare.image_paths import relative_spellings
from beam_jobs.prepare.photo_hosts import PhotoHosts

MAX_PHOTO_BYTES = 64 << 20
"""Maximum size of a photo; larger photos are rejected without a full read."""

_WEB = ("http", "https")
_ONE_AT_A_TIME = threading.Lock()


@dataclasses.dataclass(frozen=True)
class PhotoFiles:
    """Reader of photo files below a root folder or URI.

    Attributes:
        root: Base of relative paths: a folder, or a URI such as
            `gs://bucket/photos` or `https://host/photos/`. Files and
            objects outside of it are rejected, and not read with the rights
            of the job; URLs are left to `hosts`.
        timeout_s: Timeout of one HTTP download attempt, in seconds.
        concurrency: Number of remote photos that a process reads at once.
        hosts: Check of the hosts in URLs.

    Example:
        files = PhotoFiles("gs://bucket/photos", concurrency=8)
        for photo in files.read(["a.jpg", "b.jpg"]):
            print(photo.reason if isinstance(photo, ImageError) else len(photo))
    """

    root: str
    timeout_s: float = 10.0
    concurrency: int = 4
    hosts: PhotoHosts = PhotoHosts()

    def read(self, image_paths: Sequence[str]) -> Iterator[bytes | ImageError]:
        """Yields the bytes of each photo, or an error, in the given order.

        Remote photos are prefetched: at most `2 * concurrency` of them are in
        memory or being read.

        Args:
            image_paths: Local paths or URIs, relative to `root` or absolute.
                Below an HTTP root they are URLs: `%20` is a space. Other
                spellings are tried too, see `image_paths`.
        """
        root = os.path.realpath(self.root)
        ahead: collections.deque[str | Future[bytes | ImageError]]
        ahead = collections.deque()
        try:
            for path in image_paths:
                ahead.append(self._begin(path))
                if len(ahead) == 2 * self.concurrency:
                    yield _finish(root, ahead.popleft())
            while ahead:
                yield _finish(root, ahead.popleft())
        finally:  # A failed job does not read the rest.
            for begun in ahead:
                if isinstance(begun, Future):
                    begun.cancel()

    def _begin(self, path: str) -> str | Future[bytes | ImageError]:
        """Starts to read a remote photo; returns the path of a local one."""
        if not (_is_uri(path) or _scheme(self.root)):
            return path
        with _ONE_AT_A_TIME:  # functools.cache may run twice in parallel.
            threads, web = _shared(self.timeout_s, self.concurrency, self.hosts)
        return threads.submit(_read_remote, web, self.root, path)


def check_size(data: bytes, name: str) -> bytes | ImageError:
    """Returns a photo, or an `ImageError` if it is too large.

    Args:
        data: Photo bytes; may end after `MAX_PHOTO_BYTES + 1` bytes.
        name: Name of the photo in the error message.
    """
    return data if len(data) <= MAX_PHOTO_BYTES else _too_large(name)


def _finish(
    root: str, begun: str | Future[bytes | ImageError]
) -> bytes | ImageError:
    if isinstance(begun, str):
        return _read_local(root, begun)
    return begun.result()


@functools.cache
def _shared(
    timeout_s: float, concurrency: int, hosts: PhotoHosts
) -> tuple[ThreadPoolExecutor, HttpPhotos]:
    """Returns the threads and HTTP client shared by all readers of a process.

    Sharing limits the load on a web server to `concurrency` per process.
    """
    threads = ThreadPoolExecutor(concurrency, thread_name_prefix="photos")
    return threads, HttpPhotos(timeout_s, concurrency, hosts)


def _read_local(root: str, path: str) -> bytes | ImageError:
    """Reads the first spelling of a path that is a file inside the root."""
    return _first_read(
        _read_file(root, spelling) for spelling in local_spellings(root, path)
    )


def _first_read(tries: Iterable[bytes | ImageError]) -> bytes | ImageError:
    """Returns the first photo, or else the first error."""
    errors = []
    for photo in tries:
        if isinstance(photo, bytes) or photo.reason == "photo_too_large":
            return photo
        errors.append(photo)
    return errors[0]


def _read_file(root: str, path: str) -> bytes | ImageError:
    try:
        real = _real_path(os.path.join(root, path))
        if not os.path.join(real, "").startswith(os.path.join(root, "")):
            return _outside(root, path)
        status = os.stat(real)
        # Opening a pipe would block until another process writes to it.
        if not stat.S_ISREG(status.st_mode):
            return ImageError(
                "photo_unreadable", f"{path} is not a regular file"
            )
        if status.st_size > MAX_PHOTO_BYTES:
            return _too_large(path)
        with open(real, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: the path has a NUL.
        return _unreadable(path, error)


def _real_path(path: str) -> str:
    """Resolves the links of a path; caches those of its folder."""
    folder, name = os.path.split(path)
    real = os.path.join(_real_folder(folder), name)
    if name in ("", ".", "..") or os.path.islink(real):
        return os.path.realpath(path)
    return real


@functools.lru_cache
def _real_folder(path: str) -> str:
    return os.path.realpath(path)


def _read_remote(web: HttpPhotos, root: str, path: str) -> bytes | ImageError:
    uri = path.strip()
    if uri.startswith("//"):  # A URL with the scheme of its page.
        return _first_read(
            _read_uri(web, f"{scheme}:{uri}") for scheme in ("https", "http")
        )
    if _scheme(uri) == "file":
        return _read_file_uri(root, uri)
    if _scheme(uri) in _WEB:
        return _read_uri(web, uri)
    # A web server decodes a path before it resolves `..`.
    decoded = urllib.parse.unquote(path).replace("\\", "/")
    if ".." in decoded.split("/") or not _is_below(root, uri):
        return _outside(root, path)
    if _scheme(uri):
        return _read_uri(web, uri)
    return _first_read(
        _read_uri(web, paths.join(root, spelling))
        for spelling in relative_spellings(root, path)
    )


def _is_below(root: str, uri: str) -> bool:
    """Returns whether a URI is below a root URI, as a relative path is."""
    if _scheme(uri) is None:
        return True
    return _scheme(root) is not None and uri.startswith(os.path.join(root, ""))


def _read_file_uri(root: str, uri: str) -> bytes | ImageError:
    host, _, path = uri.partition("://")[2].partition("/")
    if host.lower() not in ("", "localhost") or _scheme(root):
        return ImageError(
            "photo_unreadable",
            f"{uri} is no file of this machine below --photo_root; give a path",
        )
    return _read_file(os.path.realpath(root), f"/{urllib.parse.unquote(path)}")


def _read_uri(web: HttpPhotos, uri: str) -> bytes | ImageError:
    if _scheme(uri) in _WEB:
        return web.read(uri, MAX_PHOTO_BYTES)
    try:
        with FileSystems.open(
            uri, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            return check_size(file.read(MAX_PHOTO_BYTES + 1), uri)
    except Exception as error:  # Each file system raises its own type.
        return _unreadable(uri, error)


def _is_uri(path: str) -> bool:
    return path.strip().startswith("//") or _scheme(path) is not None


def _scheme(path: str) -> str | None:
    """Returns the scheme, `gs` for `gs://…`, by Beam's rules; None if local."""
    scheme: str | None = FileSystems.get_scheme(path)
    return scheme and scheme.lower()


def _outside(root: str, path: str) -> ImageError:
    return ImageError(
        "photo_outside_root",
        f"{path} is outside {root or '.'}; give --photo_root a folder or URI "
        "that holds all photos",
    )


def _too_large(name: str) -> ImageError:
    return ImageError(
        "photo_too_large", f"{name} has more than {MAX_PHOTO_BYTES} bytes"
    )


def _unreadable(path: str, error: Exception) -> ImageError:
    return ImageError("photo_unreadable", f"{path} cannot be read: {error}")
