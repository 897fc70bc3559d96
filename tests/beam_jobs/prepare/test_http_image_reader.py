"""A web server may be busy, slow, gone or hostile; a worker goes on."""

import base64
import collections
import contextlib
import http.server
import itertools
import socket
import threading
import time

import pytest

from beam_jobs.prepare import http_image_reader
from beam_jobs.prepare import image_reader
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_reader import PhotoFiles
from beam_jobs.prepare.photo_hosts import PhotoHosts

TIMEOUT_S = 0.3
LOCAL = PhotoHosts.parse("127.0.0.1")


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

    def handle_error(self, *_):
        """Says nothing of a client that wanted TLS."""

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
        files = PhotoFiles(server.url, timeout_s, hosts=LOCAL)
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
        raise next(PhotoFiles(gone.url, hosts=LOCAL).read(["a.jpg"]))

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


@pytest.mark.parametrize(
    "path", ["a/b.jpg?v=1", " a/b.jpg?v=1 ", "/a/b.jpg?v=1", "a\\b.jpg?v=1"]
)
def test_spellings_below_a_root_on_the_web(server, read, path):
    server.on("/a/b.jpg?v=1", answer())

    assert read(path) == b"a photo"


def test_an_address_without_a_scheme(server, tmp_path):
    """No TLS here, so that `http:` follows `https:`."""
    server.on("/a.jpg?v=1", answer())
    host = server.url.removeprefix("http:")
    files = PhotoFiles(str(tmp_path), hosts=LOCAL)

    assert list(files.read([f"{host}/a.jpg?v=1", f" {host}/a.jpg?v=1 "])) == [
        b"a photo",
        b"a photo",
    ]


def test_a_path_may_hold_any_letters(server, read):
    server.on("/Gr%C3%B6%C3%9Fe%20%20100.jpg?v=2", answer())

    assert read("Größe  100.jpg?v=2") == b"a photo"
    assert read("Gr%C3%B6%C3%9Fe%20%20100.jpg?v=2#top") == b"a photo"


@pytest.mark.parametrize(
    "path",
    [
        *("../a.jpg", "b/../../a.jpg", "%2e%2E/a.jpg", "b/..%2f../a"),
        *("..\\a.jpg", "b/%5c..%5C..\\a.jpg", "/../a"),
    ],
)
def test_paths_stay_below_a_root_on_the_web(server, path):
    (photo,) = PhotoFiles(f"{server.url}/photos/").read([path])

    assert photo.reason == "photo_outside_root"
    assert photo.detail == (
        f"{path} is outside {server.url}/photos/; give --photo_root a folder "
        "or URI that holds all photos"
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
    files = PhotoFiles(server.url, concurrency=3, hosts=LOCAL)
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
    photos = PhotoFiles(server.url, concurrency=2, hosts=LOCAL).read(paths)

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
    photos = PhotoFiles(server.url, concurrency=2, hosts=LOCAL).read(paths)

    assert next(photos) == b"0"
    photos.close()
    go_on.set()
    server.closing.wait(0.1)
    assert server.requests.total() <= 3  # The fourth had not begun.


def test_near_and_far_photos_in_one_table(server, tmp_path):
    (tmp_path / "near.jpg").write_bytes(b"near")
    server.on("/far.jpg", answer(body=b"far"))
    paths = ["near.jpg", f"{server.url}/far.jpg", "none.jpg"] * 9

    found = list(PhotoFiles(str(tmp_path), hosts=LOCAL).read(paths))

    assert found[0::3] == [b"near"] * 9
    assert found[1::3] == [b"far"] * 9
    assert {photo.reason for photo in found[2::3]} == {"photo_unreadable"}


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"),
        *("localhost", "LOCALHOST.", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"),
        *("169.254.169.254", "[fe80::1]", "10.1.2.3", "[fd00::1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "224.0.0.1", "[ff02::1]"),
        *("100.64.0.1", "240.0.0.1", "192.0.2.1", "[fec0::1]", "[::127.0.0.1]"),
    ],
)
def test_private_hosts_are_not_connected_to(server, pauses, monkeypatch, host):
    monkeypatch.setattr(socket.socket, "connect", None)
    url = f"http://{host}:{server.server_port}/a.jpg"

    (photo,) = PhotoFiles("photos").read([url])

    assert photo.reason == "photo_host_not_allowed"
    assert photo.detail.startswith(f"{url} was not opened: ")
    assert "--photo_hosts" in photo.detail
    assert not pauses


@pytest.mark.parametrize("host", ["[::1]", "169.254.169.254"])
def test_redirects_to_private_hosts(server, read, host):
    server.on("/a.jpg", answer(302, Location=f"//{host}/latest"))
    address = host.strip("[]")

    photo = read("a.jpg")

    assert photo.reason == "photo_host_not_allowed"
    assert photo.detail == (
        f"{server.url}/a.jpg was not opened: {address} is a private, local or "
        f"reserved address; --photo_hosts {address} would allow it"
    )


def test_a_name_is_looked_up_once(server, monkeypatch):
    """The second answer of a hostile name server would be another address."""
    server.on("/a.jpg", answer())
    answers = iter(["127.0.0.1", "127.0.0.2"])
    look_up = socket.getaddrinfo

    def rebind(host, *args, **kwargs):
        if host == "photos.example":
            host = next(answers)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    files = PhotoFiles(
        f"http://photos.example:{server.server_port}", 1.0, 1, LOCAL
    )

    assert list(files.read(["a.jpg"])) == [b"a photo"]
    assert next(answers) == "127.0.0.2"


def test_the_host_of_the_url_is_asked_for(server, monkeypatch):
    hosts = []
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: look_up(
            "127.0.0.1" if host == "photos.example" else host, *args, **kwargs
        ),
    )

    def send(handler):
        hosts.append(handler.headers["Host"])
        answer()(handler)

    server.on("/a.jpg", send)
    host = f"photos.example:{server.server_port}"
    files = PhotoFiles(
        f"http://{host}", hosts=PhotoHosts.parse("Photos.Example")
    )

    assert list(files.read(["a.jpg"])) == [b"a photo"]
    assert hosts == [host]


@pytest.fixture
def proxy(server, monkeypatch):
    """The server as a proxy: it is asked for whole addresses."""
    address = server.url.replace("http://", "http://me:p%40ss@")
    monkeypatch.setenv("http_proxy", address)
    return server


def test_photos_come_through_the_proxy(proxy):
    seen = []

    def send(handler):
        seen.append(handler.headers["Proxy-Authorization"])
        answer()(handler)

    proxy.on("http://photos.example/a.jpg", send)

    assert list(PhotoFiles("http://photos.example").read(["a.jpg"])) == [
        b"a photo"
    ]
    assert seen == ["Basic " + base64.b64encode(b"me:p@ss").decode()]


def test_no_proxy(proxy, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.0/8")
    proxy.on("/a.jpg", answer())

    assert list(PhotoFiles(proxy.url, hosts=LOCAL).read(["a.jpg"])) == [
        b"a photo"
    ]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "[::1]", "localhost", "nas", "a.local"]
)
def test_a_proxy_is_not_asked_for_private_hosts(proxy, host):
    proxy.on("http://photos.example/a.jpg", answer(302, Location=f"//{host}/"))

    for url in (f"http://{host}/a.jpg", "http://photos.example/a.jpg"):
        (photo,) = PhotoFiles("photos").read([url])
        assert photo.reason == "photo_host_not_allowed"
    assert proxy.requests.total() == 1


def test_a_proxy_that_is_not_there(pauses, monkeypatch):
    with Server() as gone:
        pass
    monkeypatch.setenv("http_proxy", gone.url)

    (photo,) = PhotoFiles("photos").read(["http://photos.example/a.jpg"])

    assert photo.reason == "photo_unreachable"
    assert "proxy" in photo.detail
    assert len(pauses) == 3


def test_secrets_of_a_url_are_not_told(server, read):
    server.on("/a.jpg", answer(302, Location="ftp://me:pass@host/?Signature=x"))
    server.on("/b.jpg?X-Amz-Signature=secret&v=1", answer(403))
    host = server.url.removeprefix("http://")

    urls = [
        f"http://me:secret@{host}/a.jpg",
        f"http://{host}/b.jpg?X-Amz-Signature=secret&v=1",
    ]
    a, b = PhotoFiles("photos", hosts=LOCAL).read(urls)

    assert a.detail == (
        f"http://***@{host}/a.jpg redirects to ftp://***@host/?Signature=***"
    )
    assert b.detail == (
        f"http://{host}/b.jpg?X-Amz-Signature=***&v=1 answered 403"
    )
