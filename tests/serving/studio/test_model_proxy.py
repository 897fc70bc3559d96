"""Proxy of the model server's REST API."""

import base64
import contextlib
import dataclasses
import http.server
import json
import threading
from collections.abc import Iterator

import httpx
import pytest

from serving.studio import model_proxy
from serving.studio.app import AppConfig
from serving.studio.server import bind

BODY = {"inputs": {"user_id": ["ann"]}}
PREDICT = "/v1/models/recommender:predict"


class Upstream(http.server.BaseHTTPRequestHandler):
    """Model server that gives the answer of the test and records requests."""

    status, text, wait = 200, "{}", 0.0
    requests: list[tuple[str, str, bytes]]

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self.requests.append((self.command, self.path, self.rfile.read(size)))
        threading.Event().wait(self.wait)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.text)))
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "secret=1")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(self.text.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[type[Upstream]]:
    handler = type("Scripted", (Upstream,), {"requests": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def scripted(upstream, open_page) -> Iterator[httpx.Client]:
    config = AppConfig(
        rest_server=upstream.url, models=("recommender",), model_dirs={}
    )
    with open_page(config) as client:
        yield client


def test_a_checked_request_is_passed_on(scripted, upstream) -> None:
    upstream.text = '{"outputs": {}}'

    response = scripted.post(PREDICT, json=BODY)

    assert (response.status_code, response.text) == (200, upstream.text)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    ((method, path, body),) = upstream.requests
    assert (method, path) == ("POST", PREDICT)
    assert json.loads(body) == {"signature_name": "serving_default", **BODY}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/recommender",
        "/v1/models/recommender/metadata",
        "/v1/models/recommender/versions/7",
        "/v1/models/recommender/labels/canary/metadata",
    ],
)
def test_status_and_metadata_are_passed_on(
    scripted, upstream, path: str
) -> None:
    assert scripted.get(path).status_code == 200
    assert upstream.requests == [("GET", path, b"")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models/designer", 404),  # It is not served.
        ("GET", "/v1/models/recommender%2Fversions%2F..%2F..", 404),
        ("GET", "/v1/models/recommender/labels/..x", 404),
        ("GET", "/v1/models/recommender/versions/x", 404),
        ("GET", "/v1/models/recommender?verbose=1#", 200),
        ("GET", "/v1/models/", 404),
        ("GET", "/monitoring/prometheus/metrics", 404),
        ("POST", "/v1/models/recommender:classify", 404),
        ("POST", "/v1/models/recommender:predict/", 404),
        ("POST", "/v1/models/recommender", 405),
        ("PUT", "/v1/models/recommender:predict", 404),
        ("DELETE", "/v1/models/recommender", 404),
    ],
)
def test_nothing_else_is_passed_on(
    scripted, upstream, method: str, path: str, status: int
) -> None:
    response = scripted.request(method, path, json=BODY)

    assert response.status_code == status
    if status == 200:
        assert upstream.requests == [("GET", "/v1/models/recommender", b"")]
    else:
        assert response.json()["error"].endswith(".")
        assert not upstream.requests


@pytest.mark.parametrize(
    ("status", "shown"), [(400, 400), (404, 404), (503, 503), (302, 400)]
)
def test_no_text_of_an_error_reaches_the_page(
    scripted, upstream, status: int, shown: int
) -> None:
    upstream.status = status
    upstream.text = '{"error": "assertion failed [[{{node Assert_1/Assert}}]]"}'

    response = scripted.post(PREDICT, json=BODY)

    assert response.status_code == shown
    assert "location" not in response.headers
    assert set(response.json()) == {"error"}
    assert "{{" not in response.text
    assert "assert" not in response.text


def test_a_refused_upload_does_not_reach_the_model(scripted, upstream) -> None:
    text = base64.b64encode(b"<svg/>").decode()
    body = {
        "signature_name": "embed_images",
        "inputs": {"image_bytes": [{"b64": text}]},
    }

    assert scripted.post(PREDICT, json=body).status_code == 415
    assert not upstream.requests


def test_a_large_upload_is_answered_in_words(scripted, upstream) -> None:
    for body in (b"x" * 13_000_000, iter([b"x" * 1_000_000] * 13)):
        response = scripted.post(PREDICT, content=body)

        assert response.status_code == 413
        assert response.json() == {
            "error": "This is too large; send at most 12 MB at once."
        }
    assert not upstream.requests


def test_a_server_that_is_away_and_comes_back(upstream, open_page) -> None:
    with bind("127.0.0.1", 0) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    config = AppConfig(rest_server=url, models=("recommender",), model_dirs={})
    with open_page(config) as client:
        for response in (
            client.post(PREDICT, json=BODY),
            client.get("/v1/models/recommender"),
            client.get("/studio/health"),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "2"
            assert "does not answer" in response.json()["error"]
        port = int(url.rpartition(":")[2])
        back = http.server.ThreadingHTTPServer(("127.0.0.1", port), upstream)
        thread = threading.Thread(target=back.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert client.post(PREDICT, json=BODY).status_code == 200
        finally:
            back.shutdown()
            back.server_close()
            thread.join()


def test_a_slow_model_is_given_up(monkeypatch, upstream, open_page) -> None:
    monkeypatch.setattr(model_proxy, "_TIMEOUT", httpx.Timeout(0.1))
    upstream.wait = 0.5
    config = AppConfig(
        rest_server=upstream.url, models=("recommender",), model_dirs={}
    )
    with open_page(config) as client:
        response = client.post(PREDICT, json=BODY)

    assert response.status_code == 504
    assert response.json() == {
        "error": "The recommender took too long; try again."
    }


def test_too_many_requests_are_told_to_wait(config, open_page) -> None:
    with open_page(dataclasses.replace(config, rate_limit=0.001)) as client:
        assert client.get("/v1/models/recommender").status_code == 200
        response = client.get("/v1/models/recommender")
        assert client.get("/").status_code == 200

    assert response.status_code == 429
    assert 900 < int(response.headers["retry-after"]) <= 1000
    assert "in a moment" in response.json()["error"]


def test_designs_have_a_limit_of_their_own(
    monkeypatch, config, open_page
) -> None:
    monkeypatch.setattr(model_proxy, "_COST_OF_IMAGES", 10**6)
    design = {"inputs": {"category": ["hat"], "seed": [1]}}
    with open_page(dataclasses.replace(config, rate_limit=20.0)) as client:
        statuses = [
            client.post("/v1/models/designer:predict", json=design).status_code
            for _ in range(2)
        ]
        assert client.post(PREDICT, json=BODY).status_code == 200

    assert statuses == [200, 429]
