"""Opens text files, plain or gzipped, on any file system that Beam knows."""

import codecs
import gzip
import io
import zlib
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

READ_ERRORS = (OSError, EOFError, zlib.error)
"""What a broken or cut gzip file or a failing disk raises half-way."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_bytes(path: str) -> Any:
    """Opens a file as it is, whatever its name says of compression."""
    return FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    )


def open_text(path: str) -> io.TextIOWrapper:
    """Opens a text file; one whose name ends in `.gz` is unpacked.

    Spreadsheets put a byte order mark first; `utf-8-sig` drops it. Bytes that
    are no UTF-8 stay visible as surrogates, so that one bad row is rejected
    with its number instead of ending the job.

    Raises:
        UnicodeError: If it is UTF-16, where no row would be readable.
    """
    file = open_bytes(path)
    if path.endswith(".gz"):
        # Not Beam's own: it ends without a word where a file is cut short.
        file = gzip.GzipFile(fileobj=file)
    file = io.BufferedReader(file)
    if file.peek(2)[:2] in _UTF_16:
        raise UnicodeError("it is UTF-16; save it as UTF-8")
    return io.TextIOWrapper(
        file, encoding="utf-8-sig", errors="surrogateescape", newline=""
    )
