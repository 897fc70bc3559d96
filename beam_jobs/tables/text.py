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


class _Part(io.RawIOBase):
    """Bytes of a file from its position on, up to an offset."""

    def __init__(self, file: Any, end: int) -> None:
        super().__init__()
        self._file = file
        self._left = end - file.tell()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def file_size(path: str) -> int:
    """Returns the size of a file in bytes."""
    return int(FileSystems.get_filesystem(path).size(path))


def open_text(
    path: str,
    fallback: str | None = None,
    start: int = 0,
    end: int | None = None,
) -> io.TextIOWrapper:
    """Opens a text file, decompressing it if its name ends in `.gz`.

    The encoding is UTF-8, or UTF-16 if the file begins with its byte order
    mark, as PowerShell writes it. `utf-8-sig` drops the mark that spreadsheets
    write. Bytes that are not UTF-8 become surrogate escapes, so that the bad
    row is rejected with its row number instead of failing the job.

    Args:
        path: Path or URI of the file.
        fallback: Encoding of bytes that are not UTF-8, see `check_encoding`;
            None for none.
        start: Offset of the first byte; above 0 of an uncompressed file in
            UTF-8 alone, without the byte order mark.
        end: Offset after the last byte, alike; None for the end of the file.
    """
    file = open_bytes(path)
    if path.lower().endswith(".gz"):
        # Beam's own reader ends silently where a file is truncated.
        file = gzip.GzipFile(fileobj=file)
    if start:
        file.seek(start)
    if end is not None:
        file = _Part(file, end)
    file = io.BufferedReader(file)
    if start:
        encoding, errors = "utf-8", _error_handler(fallback)
    elif file.peek(2)[:2] in _UTF_16:
        encoding, errors = "utf-16", "surrogateescape"
    else:
        encoding, errors = "utf-8-sig", _error_handler(fallback)
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


def utf_8_start(path: str) -> int | None:
    """Returns the offset of the text, behind any byte order mark of UTF-8.

    Returns:
        None if the file is compressed or in UTF-16.
    """
    if path.lower().endswith(".gz"):
        return None
    with open_bytes(path) as file:
        mark = file.read(len(codecs.BOM_UTF8))
    if mark[:2] in _UTF_16:
        return None
    return len(mark) if mark == codecs.BOM_UTF8 else 0


def check_encoding(name: str) -> None:
    """Checks that an encoding has one byte per character, and ASCII in it.

    Bytes of others may look like UTF-8 or like separators.

    Raises:
        ValueError: If it is unknown or another one.
    """
    try:
        text = bytes(range(256)).decode(name, "surrogateescape")
    except (LookupError, UnicodeError) as error:
        raise ValueError("it is unknown, or not of single bytes") from error
    if len(text) != 256 or not text.startswith(bytes(range(128)).decode()):
        raise ValueError("it is not of single bytes")


def _error_handler(fallback: str | None) -> str:
    """Returns the name of the handler of bytes that are not UTF-8."""
    if fallback is None:
        return "surrogateescape"

    def decode(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        bad = error.object[error.start : error.end]
        return bad.decode(fallback, "surrogateescape"), error.end

    name = f"{__name__}.{fallback}"
    codecs.register_error(name, decode)
    return name
