"""Reads the photo files that a table names, near or far, in its order."""

import collections
import dataclasses
import functools
import os
import stat
import threading
import urllib.parse
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.schema import paths
from beam_jobs.prepare.http_image_reader import HttpPhotos
from beam_jobs.prepare.image_codec import ImageError

MAX_PHOTO_BYTES = 64 << 20
"""Photos of more bytes are rejected, and not read to their end."""

_ONE_AT_A_TIME = threading.Lock()


@dataclasses.dataclass(frozen=True)
class PhotoFiles:
    """How a worker reads photo files.

    Attributes:
        root: Where relative paths start: a folder, or a URI such as
            `gs://bucket/photos` or `https://host/photos/`. Local files are
            read inside of it only.
        timeout_s: Seconds that a web server may take to send a photo.
        concurrency: How many remote photos a process reads at a time.
    """

    root: str
    timeout_s: float = 10.0
    concurrency: int = 4

    def read(self, image_paths: Sequence[str]) -> Iterator[bytes | ImageError]:
        """Yields each photo, or why there is none, in the order of the paths.

        Remote photos are read ahead: at most twice `concurrency` of them are
        in memory or on their way.

        Args:
            image_paths: Local paths or URIs; relative ones start at `root`.
                Below a web address they are URLs too: `%20` is a blank.
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
        finally:  # Nobody waits for the rest of a job that failed.
            for begun in ahead:
                if isinstance(begun, Future):
                    begun.cancel()

    def _begin(self, path: str) -> str | Future[bytes | ImageError]:
        """Starts to read a remote photo; a local one is its path for now."""
        if not (_scheme(path) or _scheme(self.root)):
            return path
        with _ONE_AT_A_TIME:  # The cache alone might make two of them.
            threads, web = _shared(self.timeout_s, self.concurrency)
        return threads.submit(_read_remote, web, self.root, path)


def check_size(data: bytes, name: str) -> bytes | ImageError:
    """Returns a photo, or that it is too large.

    Args:
        data: The photo; of a larger one, one byte too many will do.
        name: What the sentence calls it.
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
    timeout_s: float, concurrency: int
) -> tuple[ThreadPoolExecutor, HttpPhotos]:
    """Returns what all readers of a process share, to be polite together."""
    threads = ThreadPoolExecutor(concurrency, thread_name_prefix="photos")
    return threads, HttpPhotos(timeout_s, concurrency)


def _read_local(root: str, path: str) -> bytes | ImageError:
    try:
        real = _real_path(os.path.join(root, path))
        if not os.path.join(real, "").startswith(os.path.join(root, "")):
            return _outside(root, path)
        status = os.stat(real)
        # To open a pipe would be to wait until somebody writes into it.
        if not stat.S_ISREG(status.st_mode):
            return ImageError("photo_unreadable", f"{path} is no regular file")
        if status.st_size > MAX_PHOTO_BYTES:
            return _too_large(path)
        with open(real, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: the path has a NUL.
        return _unreadable(path, error)


def _real_path(path: str) -> str:
    """Follows the links of a path, those of its folder only once a job."""
    folder, name = os.path.split(path)
    real = os.path.join(_real_folder(folder), name)
    if name in ("", ".", "..") or os.path.islink(real):
        return os.path.realpath(path)
    return real


@functools.lru_cache
def _real_folder(path: str) -> str:
    return os.path.realpath(path)


def _read_remote(web: HttpPhotos, root: str, path: str) -> bytes | ImageError:
    uri = path if _scheme(path) else paths.join(root, path)
    # A web server decodes a path before it follows it.
    climbs = ".." in urllib.parse.unquote(path).split("/")
    if uri != path and (climbs or path.startswith("/")):
        return _outside(root, path)
    if _scheme(uri) in ("http", "https"):
        return web.read(uri, MAX_PHOTO_BYTES)
    if _scheme(uri) == "file":
        return ImageError(
            "photo_unreadable",
            f"{uri} is not read; name the file by its path alone",
        )
    try:
        with FileSystems.open(
            uri, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            return check_size(file.read(MAX_PHOTO_BYTES + 1), uri)
    except Exception as error:  # Each file system raises its own type.
        return _unreadable(uri, error)


def _scheme(path: str) -> str | None:
    """Returns `gs` of a `gs://…`, None of a local path, as Beam sees it."""
    scheme: str | None = FileSystems.get_scheme(path)
    return scheme and scheme.lower()


def _outside(root: str, path: str) -> ImageError:
    return ImageError(
        "photo_outside_root",
        f"{path} lies outside {root}; a wider --photo_root would allow it",
    )


def _too_large(name: str) -> ImageError:
    return ImageError(
        "photo_too_large", f"{name} has more than {MAX_PHOTO_BYTES} bytes"
    )


def _unreadable(path: str, error: Exception) -> ImageError:
    return ImageError("photo_unreadable", f"{path} cannot be read: {error}")
