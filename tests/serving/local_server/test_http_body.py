"""Bodies of requests: lengths, chunks, limits, gzip."""

import gzip
import io
from email.message import Message

import pytest

from serving.local_server import http_body
from serving.local_server.http_body import BodyError
from serving.local_server.http_body import read_body


def read(data: bytes, *headers: tuple[str, str]) -> tuple[bytes, bytes]:
    """Returns the body and what follows it."""
    message = Message()
    for name, value in headers:
        message[name] = value
    stream = io.BytesIO(data)
    return read_body(stream, message), stream.read()


def length(value: object) -> tuple[str, str]:
    return "Content-Length", str(value)


CHUNKED = ("Transfer-Encoding", "chunked")


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"abcNEXT", [length(3)]),
        (b"abcNEXT", [length("3 ")]),
        (b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\nNEXT", [CHUNKED]),
        (b"3\r\nabc\r\n0\r\nTrailer: x\r\n\r\nNEXT", [CHUNKED]),
        (b"3\r\nabc\r\n0\r\n\r\nNEXT", [("Transfer-Encoding", " Chunked")]),
    ],
)
def test_a_body_ends_at_its_content_length(data: bytes, headers: list) -> None:
    assert read(data, *headers) == (b"abc", b"NEXT")


def test_without_a_length_the_body_is_empty() -> None:
    assert read(b"NEXT") == (b"", b"NEXT")


def test_a_chunked_body_may_be_compressed() -> None:
    zipped = gzip.compress(b"abc")
    data = b"%x\r\n%s\r\n0\r\n\r\n" % (len(zipped), zipped)
    body, _ = read(data, CHUNKED, ("Content-Encoding", "gzip"))
    assert body == b"abc"


@pytest.mark.parametrize(
    ("data", "headers", "code"),
    [
        (b"abc", [length(3), length(3)], 400),
        (b"abc", [length(3), length(2)], 400),
        (b"0\r\n\r\n", [length(3), CHUNKED], 400),
        (b"0\r\n\r\n", [CHUNKED, CHUNKED], 400),
        (b"abc", [("Transfer-Encoding", "gzip, chunked")], 501),
        *(
            (b"abc", [length(bad)], 400)
            for bad in ("-1", "+3", "²", "", "0x3", "\xa03")
        ),
        (b"abc", [length("9" * 30)], 400),
        *(
            (bad, [CHUNKED], 400)
            for bad in (
                b"-1\r\na\r\n0\r\n\r\n",
                b"0x1\r\na\r\n0\r\n\r\n",
                b"1\na\r\n0\r\n\r\n",
                b"1\r\nab\r\n0\r\n\r\n",
                b"1;" + b"x" * 2000,
                b"fffffffff\r\n",
                b"",
            )
        ),
        (b"0\r\n" + b"a: b\r\n" * 200 + b"\r\n", [CHUNKED], 431),
    ],
)
def test_an_unclear_body_is_refused(
    data: bytes, headers: list, code: int
) -> None:
    with pytest.raises(BodyError) as caught:
        read(data, *headers)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "header"),
    [(b"abcdef", length(6)), (b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", CHUNKED)],
)
def test_a_body_has_a_limit(
    monkeypatch: pytest.MonkeyPatch, data: bytes, header: tuple[str, str]
) -> None:
    monkeypatch.setattr(http_body, "MAX_MESSAGE_BYTES", 5)
    with pytest.raises(BodyError, match="must not exceed 5 bytes") as caught:
        read(data, header)
    assert caught.value.code == 413


def test_a_compressed_body_has_the_same_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_body, "MAX_MESSAGE_BYTES", 40)
    zipped = gzip.compress(b"a" * 41)
    with pytest.raises(BodyError, match="must not exceed 40 bytes") as caught:
        read(zipped, length(len(zipped)), ("Content-Encoding", "gzip"))
    assert caught.value.code == 413


def test_a_compressed_body_that_is_cut_is_empty() -> None:
    zipped = gzip.compress(b"abc" * 100)[:-9]
    headers = length(len(zipped)), ("Content-Encoding", "gzip")
    assert read(zipped, *headers) == (b"", b"")


@pytest.mark.parametrize(
    ("data", "header"), [(b"ab", length(3)), (b"3\r\nab", CHUNKED)]
)
def test_a_lost_connection_is_no_body(
    data: bytes, header: tuple[str, str]
) -> None:
    with pytest.raises(ConnectionError):
        read(data, header)
