"""TFRecord files without TensorFlow, which takes seconds to import.

A record is its length (uint64), a checksum of the length (uint32), its bytes
and a checksum of these (uint32), all little-endian. The checksum is a masked
CRC-32C. Source: `tensorflow/core/lib/io/record_writer.h`.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import google_crc32c

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_GZIP_BITS, _MEMORY_LEVEL = 16 + zlib.MAX_WBITS, 9
"""zlib's settings in `tf.io.TFRecordOptions("GZIP")`: with them, equal records
give equal files."""


class TFRecordWriter:
    """Writer of a TFRecord file, compressed by gzip or not.

    The compressed files are those of `tf.io.TFRecordWriter`, byte for byte,
    where both use the same version of zlib.

    Args:
        file: Binary file to write to; it stays open.
        level: Compression level of gzip; None for an uncompressed file.

    Example:
        with open("a.tfrecord", "wb") as file, TFRecordWriter(file) as writer:
            writer.write(b"record")
    """

    def __init__(self, file: BinaryIO, level: int | None = None) -> None:
        self._file = file
        self._gzip = (
            None
            if level is None
            else zlib.compressobj(
                level, zlib.DEFLATED, _GZIP_BITS, _MEMORY_LEVEL
            )
        )

    def __enter__(self) -> "TFRecordWriter":
        return self

    def __exit__(self, *error: object) -> None:
        if self._gzip:
            self._file.write(self._gzip.flush())

    def write(self, record: bytes) -> None:
        """Writes one record."""
        length = _LENGTH.pack(len(record))
        data = b"".join((length, _checksum(length), record, _checksum(record)))
        self._file.write(self._gzip.compress(data) if self._gzip else data)


def read_tfrecords(file: BinaryIO) -> Iterator[bytes]:
    """Yields the records of an uncompressed TFRecord file.

    Args:
        file: Binary file at its start.

    Raises:
        ValueError: If the file is cut short, or a checksum is wrong.
    """
    while header := file.read(_LENGTH.size + _CHECKSUM.size):
        length = _checked(header, _LENGTH.size)
        size = _LENGTH.unpack(length)[0]
        yield _checked(file.read(size + _CHECKSUM.size), size)


def _checked(data: bytes, size: int) -> bytes:
    """Returns the first bytes of some data, which their checksum follows."""
    content = data[:size]
    if data[size:] != _checksum(content):
        raise ValueError("a TFRecord file is damaged: a checksum is wrong")
    return content


def _checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    rotated = crc >> 15 | crc << 17
    return _CHECKSUM.pack((rotated + 0xA282EAD8) & 0xFFFFFFFF)
