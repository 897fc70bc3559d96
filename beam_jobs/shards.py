"""Atomic writers of jobs: parallel attempts, any file system of Beam.

`atelier.io.atomic` writes for the one process that launches, trains or serves.
"""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterator

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from beam_jobs.stable_hash import id_hash
from beam_jobs.tfrecord import TFRecordWriter

GZIP_LEVEL = 1
"""JPEG bytes hardly compress: a higher level costs time without a gain."""
JPEG_BYTES_PER_PIXEL = 1 / 3
"""Estimated JPEG size of an image, used before any has been encoded."""


@contextlib.contextmanager
def open_shard(
    path: str, gzip_level: int | None = GZIP_LEVEL
) -> Iterator[TFRecordWriter]:
    """Opens a TFRecord file that appears under its name once complete.

    Args:
        path: Destination of the shard, on any file system that Beam supports.
        gzip_level: Compression level; None for an uncompressed file.

    Yields:
        The TFRecord writer.
    """
    with (
        atomic_beam_file(path) as local,
        open(local, "wb") as file,
        TFRecordWriter(file, gzip_level) as writer,
    ):
        yield writer


@contextlib.contextmanager
def atomic_beam_file(path: str) -> Iterator[str]:
    """Moves a local temporary file to its destination once complete.

    A retried or duplicated bundle writes the same bytes to the same name, so
    the result does not depend on which attempt finishes last.

    Args:
        path: Destination of the file, on any file system that Beam supports.

    Yields:
        The path of an empty local temporary file to write to.
    """
    with tempfile.NamedTemporaryFile() as local:
        yield local.name
        _publish(local.name, path)


def atomic_beam_write(path: str, data: bytes) -> None:
    """Writes a small file atomically.

    Args:
        path: Destination of the file, on any file system that Beam supports.
        data: Content of the file.
    """
    with atomic_beam_file(path) as local, open(local, "wb") as file:
        file.write(data)


def shard_of_id(id_: str, num_shards: int) -> int:
    """Returns the shard index of an id, equal on every machine."""
    return id_hash(id_) % num_shards


def shards_for(size: float, shard_bytes: int) -> int:
    """Returns the number of shards for `size` bytes, at least 1."""
    return max(1, math.ceil(size / shard_bytes))


def _publish(local: str, path: str) -> None:
    directory, name = FileSystems.split(path)
    if not FileSystems.exists(directory):
        with contextlib.suppress(OSError):  # Another worker created it.
            FileSystems.mkdirs(directory)
    # The unique name of the local file keeps parallel attempts apart.
    temporary = FileSystems.join(
        directory, f".{name}.{FileSystems.split(local)[1]}"
    )
    with (
        open(local, "rb") as source,
        FileSystems.create(
            temporary, compression_type=CompressionTypes.UNCOMPRESSED
        ) as target,
    ):
        shutil.copyfileobj(source, target)
    FileSystems.rename([temporary], [path])
