"""Body of an HTTP/1.1 request, read within a limit of size (RFC 9112)."""

import http.client
import io
import re
import zlib
from email.message import Message

from serving.client.grpc_options import MAX_MESSAGE_BYTES

_LENGTH = re.compile(r"[0-9]{1,18}")
_BLANKS = " \t\r\n"
_CHUNK_HEAD = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;[^\r\n]*)?\r\n")
_MAX_CHUNK_HEAD_BYTES = 1024


class BodyError(Exception):
    """Body that is refused; the text is one sentence.

    Attributes:
        code: HTTP status code.
    """

    def __init__(self, code: int, message: str) -> None:
        """Stores the status code and the message."""
        super().__init__(message)
        self.code = code


def read_body(stream: io.BufferedIOBase, headers: Message) -> bytes:
    """Reads the body that follows the headers of a request.

    Args:
        stream: Stream of the connection, behind the headers.
        headers: Headers of the request.

    Returns:
        Body, decompressed if it is gzip; b"" if the gzip data is broken.

    Raises:
        BodyError: if the length is ambiguous, malformed or above the limit.
        ConnectionAbortedError: if the body ends early.
    """
    lengths = headers.get_all("Content-Length", [])
    codings = headers.get_all("Transfer-Encoding", [])
    # A proxy could take the other one, and see another end of the request.
    if len(lengths) + len(codings) > 1:
        raise BodyError(
            400,
            "A request needs one Content-Length or one Transfer-Encoding; got "
            f"{len(lengths)} and {len(codings)}.",
        )
    body = b""
    if codings:
        if codings[0].strip(_BLANKS).lower() != "chunked":
            raise BodyError(501, "Transfer-Encoding must be chunked.")
        body = _read_chunks(stream)
    elif lengths:
        if not _LENGTH.fullmatch(lengths[0].strip(_BLANKS)):
            raise BodyError(400, "Content-Length must be a whole number.")
        body = _read(stream, int(lengths[0]), MAX_MESSAGE_BYTES)
    zipped = "gzip" in headers.get("Content-Encoding", "")
    return _unzip(body) if zipped else body


def _read(stream: io.BufferedIOBase, size: int, limit: int) -> bytes:
    if size > limit:
        raise _too_large()
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionAbortedError("The body ends early.")
    return data


def _read_chunks(stream: io.BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _read_chunk_size(stream):
        body += _read(stream, size, MAX_MESSAGE_BYTES - len(body))
        if stream.readline(2) != b"\r\n":
            raise BodyError(400, "A chunk is longer than its size.")
    try:
        http.client.parse_headers(stream)  # The trailer has the same form.
    except http.client.HTTPException as error:
        raise BodyError(431, f"The trailer is too long: {error}.") from error
    return bytes(body)


def _read_chunk_size(stream: io.BufferedIOBase) -> int:
    line = stream.readline(_MAX_CHUNK_HEAD_BYTES)
    match = _CHUNK_HEAD.fullmatch(line)
    if not match:
        raise BodyError(400, "A chunk must start with its size in hexadecimal.")
    return int(match[1], 16)


def _unzip(body: bytes) -> bytes:
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: gzip format.
    try:
        data = unzip.decompress(body, MAX_MESSAGE_BYTES + 1)
    except zlib.error:
        return b""
    if len(data) > MAX_MESSAGE_BYTES:
        raise _too_large()
    return data if unzip.eof else b""


def _too_large() -> BodyError:
    text = f"The body must not exceed {MAX_MESSAGE_BYTES} bytes."
    return BodyError(413, text)
