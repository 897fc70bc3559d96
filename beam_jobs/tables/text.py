"""Readers of plain and gzipped files on any file system of Beam."""

import codecs
import gzip
import io
import zlib
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

READ_ERRORS = (OSError, EOFError, zlib.error, UnicodeDecodeError)
"""Errors of a damaged or truncated gzip or UTF-16 file or a failing disk."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_bytes(path: str) -> Any:
    """Opens a file without decompression, whatever its extension."""
    return FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    )


def open_text(path: str) -> io.TextIOWrapper:
    """Opens a text file, decompressing it if its name ends in `.gz`.

    The encoding is UTF-8, or UTF-16 if the file begins with its byte order
    mark, as PowerShell writes it. `utf-8-sig` drops the mark that spreadsheets
    write. Bytes that are not UTF-8 become surrogate escapes, so that the bad
    row is rejected with its row number instead of failing the job.
    """
    file = open_bytes(path)
    if path.lower().endswith(".gz"):
        # Beam's own reader ends silently where a file is truncated.
        file = gzip.GzipFile(fileobj=file)
    file = io.BufferedReader(file)
    encoding = "utf-16" if file.peek(2)[:2] in _UTF_16 else "utf-8-sig"
    return io.TextIOWrapper(
        file, encoding=encoding, errors="surrogateescape", newline=""
    )
