"""A web server may be busy, slow, gone or hostile; a worker goes on."""

import collections
import contextlib
import http.server
import itertools
import threading
import time

import pytest

from beam_jobs.prepare import http_image_reader
from beam_jobs.prepare import image_reader
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_reader import PhotoFiles

TIMEOUT_S = 0.3


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Connections stay open.
    disable_nagle_algorithm = True

    def do_GET(self):
        server = self.server
        with server.lock:
            server.requests[self.path] += 1
            server.connections.add(self.client_address)
            server.at_a_time.append(server.active)
            server.active += 1
        try:
            with contextlib.suppress(ConnectionError):
                next(server.answers[self.path])(self)
        finally:
            with server.lock:
                server.active -= 1

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Answers a path as `on` says, one answer after the other."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers = {}
        self.requests = collections.Counter()
        self.connections = set()
        self.at_a_time = []
        self.active = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()

    def on(self, path, *answers):
        """The last answer is repeated."""
        self.answers[path] = itertools.chain(
            answers, itertools.repeat(answers[-1])
        )


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that would have been made."""
    pauses = []
    monkeypatch.setattr(http_image_reader.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def read(server):
    """Reads one photo of the server."""

    def read(path, timeout_s=10.0):
        files = PhotoFiles(server.url, timeout_s)
        (photo,) = files.read([path])
        return photo

    return read


def answer(status=200, body=b"a photo", length=None, **headers):
    def send(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        size = len(body) if length is None else length
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = size != len(body)

    return send


def hang_up(handler):
    handler.close_connection = True


def test_a_photo_and_who_asks_for_it(server, read):
    seen = []

    def send(handler):
        seen.append(handler.headers["User-Agent"])
        answer()(handler)

    server.on("/a.jpg", send)

    assert read("a.jpg") == b"a photo"
    assert seen == [http_image_reader.USER_AGENT]


@pytest.mark.parametrize(
    "failure",
    [
        *(answer(status) for status in http_image_reader.BUSY),
        hang_up,
        answer(length=100),
    ],
    ids=[*map(str, http_image_reader.BUSY), "no answer", "cut short"],
)
def test_what_may_pass_is_tried_again(server, read, pauses, failure):
    server.on("/a.jpg", failure, failure, answer())

    assert read("a.jpg") == b"a photo"
    assert server.requests["/a.jpg"] == 3
    assert [0 <= pause <= 0.5 * 2**i for i, pause in enumerate(pauses)] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (answer(503), "answered 503, 4 times"),
        (hang_up, r"dropped the connection \(.* aborted.\), 4 times"),
        (
            answer(length=9),
            r"dropped the connection \(.* broken: .*\), 4 times",
        ),
    ],
    ids=["busy", "no answer", "cut short"],
)
def test_tries_end(server, read, pauses, failure, words):
    server.on("/a.jpg", failure)

    with pytest.raises(
        ImageError, match=f"^{server.url}/a.jpg {words}$"
    ) as bad:
        raise read("a.jpg")

    assert bad.value.reason == "photo_unreachable"
    assert server.requests["/a.jpg"] == 4
    assert len(pauses) == 3


def test_nobody_listens(server, pauses):
    with Server() as gone:
        pass

    with pytest.raises(ImageError, match=r"cannot be reached \(.*refused\), 4"):
        raise next(PhotoFiles(gone.url).read(["a.jpg"]))

    assert len(pauses) == 3


@pytest.mark.parametrize("status", [204, 400, 403, 404, 410])
def test_what_will_not_pass_is_asked_once(server, read, pauses, status):
    server.on("/a.jpg", answer(status, b""))

    photo = read("a.jpg")

    assert photo.reason == "photo_unreachable"
    assert photo.detail == f"{server.url}/a.jpg answered {status}"
    assert server.requests["/a.jpg"] == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("7", 7, 7),
        ("Fri, 31 Dec 2399 23:59:59 GMT", 30, 30),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0.5),
        ("86400", 30, 30),
        ("0", 0, 0.5),
        ("soon", 0, 0.5),
        ("9" * 5000, 0, 0.5),
        ("-5", 0, 0.5),
    ],
    ids=[
        "seconds",
        "date",
        "past",
        "a day",
        "now",
        "words",
        "forever",
        "negative",
    ],
)
def test_retry_after(server, read, pauses, asked, least, most):
    server.on("/a.jpg", answer(429, Retry_After=asked), answer())

    assert read("a.jpg") == b"a photo"
    (pause,) = pauses
    assert least <= pause <= most


@pytest.mark.parametrize("says_so", [True, False])
@pytest.mark.parametrize("size", [1000, 1001, 10_000_000])
def test_size(server, read, monkeypatch, says_so, size):
    monkeypatch.setattr(image_reader, "MAX_PHOTO_BYTES", 1000)

    def send(handler):
        handler.send_response(200)
        if says_so:
            handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.close_connection = True
        handler.wfile.write(b"x" * size)

    server.on("/a.jpg", send)

    photo = read("a.jpg")

    if size == 1000:
        assert photo == b"x" * 1000
    else:
        assert photo.reason == "photo_too_large"
        assert photo.detail == f"{server.url}/a.jpg has more than 1000 bytes"


def drip(start, piece, every_s=0.05):
    """Sends the start at once, and then a piece every now and then."""

    def send(handler):
        handler.close_connection = True
        handler.wfile.write(start)
        while not handler.server.closing.wait(every_s):
            handler.wfile.write(piece)

    return send


@pytest.mark.parametrize(
    "send",
    [
        drip(b"", b""),
        drip(b"HTTP/1.1 ", b"2"),
        drip(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        drip(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"
        ),
        drip(b"HTTP/1.1 302 Found\r\nLocation: /b.jpg\r\n\r\n", b"x" * 9999),
    ],
    ids=[
        "silence", "status", "headers", "endless body", "body", "chunks",
        "redirect",
    ],
)  # fmt: skip
def test_a_server_that_drips_holds_nobody(server, read, caplog, send):
    server.on("/a.jpg", send)
    server.on("/b.jpg", drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"))
    server.on("/c.jpg", answer())
    begin = time.monotonic()

    photo = read("a.jpg", TIMEOUT_S)

    assert time.monotonic() - begin < 5 * TIMEOUT_S
    assert photo.reason == "photo_unreachable"
    assert photo.detail == (
        f"{server.url}/a.jpg did not send a photo within 0.3 seconds"
    )
    assert server.requests["/a.jpg"] == 1
    assert read("c.jpg", TIMEOUT_S) == b"a photo"
    assert not caplog.records


def test_redirects(server, read):
    server.on("/a.jpg", answer(302, b"to b", Location="b/c.jpg"))
    server.on("/b/c.jpg", answer(301, b"", Location=f"{server.url}/d.jpg"))
    server.on("/d.jpg", answer())

    assert read("a.jpg") == b"a photo"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("file:///etc/passwd", "redirects to file:///etc/passwd$"),
        ("ftp://127.0.0.1/a.jpg", "redirects to ftp://127.0.0.1/a.jpg$"),
        ("/a.jpg", "redirects more than 3 times"),
        ("http://[", "cannot be downloaded"),
    ],
)
def test_bad_redirects(server, read, pauses, location, words):
    server.on("/a.jpg", answer(302, Location=location))

    with pytest.raises(ImageError, match=words) as bad:
        raise read("a.jpg")

    assert bad.value.reason == "photo_unreachable"
    assert not pauses


@pytest.mark.parametrize(
    "url",
    ["http://", "http://[", "http://a:99999999/", "https:// /", "http://:"],
)
def test_no_url(url, pauses):
    (photo,) = PhotoFiles("photos").read([url])

    assert photo.reason == "photo_unreachable"
    assert not pauses


def test_a_path_may_hold_any_letters(server, read):
    server.on("/Gr%C3%B6%C3%9Fe%20%20100.jpg?v=2", answer())

    assert read("Größe  100.jpg?v=2") == b"a photo"
    assert read("Gr%C3%B6%C3%9Fe%20%20100.jpg?v=2#top") == b"a photo"


@pytest.mark.parametrize(
    "path", ["../a.jpg", "b/../../a.jpg", "%2e%2E/a.jpg", "b/..%2f../a", "/a"]
)
def test_paths_stay_below_a_root_on_the_web(server, path):
    (photo,) = PhotoFiles(f"{server.url}/photos/").read([path])

    assert photo.reason == "photo_outside_root"
    assert photo.detail == (
        f"{path} is outside {server.url}/photos/; a wider --photo_root would "
        "allow it"
    )
    assert not server.requests


def serve_numbers(server, number):
    def send(handler):
        server.closing.wait(0.002 * (int(handler.path[1:]) % 3))
        answer(body=handler.path[1:].encode())(handler)

    for index in range(number):
        server.on(f"/{index}", send)
    return [str(index) for index in range(number)]


def test_order_is_kept_and_all_readers_share_the_limit(server):
    paths = serve_numbers(server, 60)
    files = PhotoFiles(server.url, concurrency=3)
    found = []
    readers = [
        threading.Thread(target=lambda: found.append(list(files.read(paths))))
        for _ in range(3)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert found == [[path.encode() for path in paths]] * 3
    assert max(server.at_a_time) + 1 == 3
    assert len(server.connections) == 3


def test_no_more_is_read_ahead_than_memory_has_room_for(server):
    paths = serve_numbers(server, 40)
    photos = PhotoFiles(server.url, concurrency=2).read(paths)

    assert next(photos) == b"0"
    server.closing.wait(0.1)
    assert server.requests.total() == 4


def test_a_reader_that_stops_leaves_nothing_to_do(server):
    paths = serve_numbers(server, 9)
    go_on = threading.Event()

    def wait(handler):
        go_on.wait()
        answer()(handler)

    for path in paths[1:]:
        server.on(f"/{path}", wait)
    photos = PhotoFiles(server.url, concurrency=2).read(paths)

    assert next(photos) == b"0"
    photos.close()
    go_on.set()
    server.closing.wait(0.1)
    assert server.requests.total() <= 3  # The fourth had not begun.


def test_near_and_far_photos_in_one_table(server, tmp_path):
    (tmp_path / "near.jpg").write_bytes(b"near")
    server.on("/far.jpg", answer(body=b"far"))
    paths = ["near.jpg", f"{server.url}/far.jpg", "none.jpg"] * 9

    found = list(PhotoFiles(str(tmp_path)).read(paths))

    assert found[0::3] == [b"near"] * 9
    assert found[1::3] == [b"far"] * 9
    assert {photo.reason for photo in found[2::3]} == {"photo_unreadable"}
