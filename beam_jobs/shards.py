"""Writes a TFRecord shard to any file system, whole or not at all."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator

import tensorflow as tf
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems


class ShardWriter:
    """Appends records to a shard and hashes them.

    Use `open_shard`, which also puts the file in its place.
    """

    def __init__(self, writer: tf.io.TFRecordWriter) -> None:
        self._writer = writer

    def write(self, record: bytes) -> bytes:
        """Appends a record and returns its hash, for `add_hashes`."""
        self._writer.write(record)
        return record_hash(record)


@contextlib.contextmanager
def open_shard(path: str) -> Iterator[ShardWriter]:
    """Opens a gzipped TFRecord that appears under its name when complete.

    A retried or duplicated bundle writes the same records to the same name,
    so whichever comes last leaves the same file.

    Args:
        path: Where the shard goes, on any file system that Beam knows.

    Yields:
        The writer.
    """
    with tempfile.NamedTemporaryFile() as local:
        with tf.io.TFRecordWriter(local.name, options="GZIP") as writer:
            yield ShardWriter(writer)
        _publish(local.name, path)


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


def shard_of_id(one: str, num_shards: int) -> int:
    """Spreads ids over shards, on every machine in the same way."""
    digest = hashlib.blake2b(one.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % num_shards


def record_hash(record: bytes) -> bytes:
    """Returns the SHA-256 of a record."""
    return hashlib.sha256(record).digest()


def add_hashes(hashes: Iterable[bytes]) -> bytes:
    """Adds hashes as numbers, so that the order of records does not matter."""
    total = sum(int.from_bytes(one, "big") for one in hashes)
    return (total % (1 << 256)).to_bytes(32, "big")
