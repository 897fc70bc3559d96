"""Writes the files of a data set, each whole or not at all."""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterator

import tensorflow as tf
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from beam_jobs.stable_hash import id_hash

JPEG_BYTES_PER_PIXEL = 1 / 3
"""Rough size of a photo at training size, before any was written."""


@contextlib.contextmanager
def open_shard(
    path: str, compression: str = "GZIP"
) -> Iterator[tf.io.TFRecordWriter]:
    """Opens a TFRecord that appears under its name when complete.

    Args:
        path: Where the shard goes, on any file system that Beam knows.
        compression: `GZIP`, or "" for none.

    Yields:
        The writer.
    """
    # Photos hardly get smaller; a higher level costs time and gains nothing.
    options = tf.io.TFRecordOptions(compression, compression_level=1)
    with (
        whole_file(path) as local,
        tf.io.TFRecordWriter(local, options) as writer,
    ):
        yield writer


@contextlib.contextmanager
def whole_file(path: str) -> Iterator[str]:
    """Puts a local file in its place when it is complete.

    A retried or duplicated bundle writes the same bytes to the same name, so
    whichever comes last leaves the same file.

    Args:
        path: Where the file goes, on any file system that Beam knows.

    Yields:
        The path of an empty local file to write to.
    """
    with tempfile.NamedTemporaryFile() as local:
        yield local.name
        _publish(local.name, path)


def write_whole(path: str, data: bytes) -> None:
    """Writes a small file, whole or not at all."""
    with whole_file(path) as local, open(local, "wb") as file:
        file.write(data)


def shard_of_id(one: str, num_shards: int) -> int:
    """Spreads ids over shards, on every machine in the same way."""
    return id_hash(one) % num_shards


def shards_for(size: float, shard_bytes: int) -> int:
    """Returns how many shards hold a size, one at least."""
    return max(1, math.ceil(size / shard_bytes))


def _publish(local: str, path: str) -> None:
    directory, name = FileSystems.split(path)
    if not FileSystems.exists(directory):
        with contextlib.suppress(OSError):  # Another worker was faster.
            FileSystems.mkdirs(directory)
    # The worker's own name keeps two attempts at a shard apart.
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
