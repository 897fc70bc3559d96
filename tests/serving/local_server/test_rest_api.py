"""The REST API against TF Serving's codes, texts and JSON rules."""

import base64
import contextlib
import http.client
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from serving.local_server.server import ModelServer

MODEL = "/v1/models/recommender"
PREDICT = f"{MODEL}:predict"
DESIGNER = "/v1/models/designer:predict"


def call(
    server: ModelServer, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    """Sends bytes as they are and anything else as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection = http.client.HTTPConnection(server.rest_address, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    if response.headers["Content-Type"] == "application/json":
        return response.status, json.loads(text)
    return response.status, text


def signature(name: str, **body: Any) -> dict[str, Any]:
    return {"signature_name": name, **body}


def test_rows(server: ModelServer) -> None:
    code, found = call(
        server,
        "POST",
        PREDICT,
        {"instances": [{"user_id": "ann"}, {"user_id": "nobody"}]},
    )
    assert code == 200
    first, second = found["predictions"]
    assert first == {
        "item_ids": ["robe", "shirt,1", "sock", "шапка"],
        "scores": [4.0, 3.0, 3.0, 1.0],
        "known_user": True,
        "because_item_ids": [""] * 4,
        "because_shares": [0.0] * 4,
    }
    assert second["known_user"] is False


def test_columns(server: ModelServer) -> None:
    body = {"inputs": {"user_id": ["ann"], "exclude_ids": [["robe", ""]]}}
    code, found = call(
        server, "POST", PREDICT, signature("recommend_excluding", **body)
    )
    assert code == 200
    assert found["outputs"]["item_ids"] == [
        ["shirt,1", "sock", "шапка", "jean"]
    ]
    assert found["outputs"]["known_user"] == [True]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"instances": ["bob"]}, {"predictions": [[0.0, 2.0, 1.0, 0.0]]}),
        ({"inputs": ["bob"]}, {"outputs": [[0.0, 2.0, 1.0, 0.0]]}),
        ({"inputs": []}, {"outputs": []}),
    ],
)
def test_one_input_and_one_output_need_no_names(
    server: ModelServer, body: dict, found: dict
) -> None:
    assert call(server, "POST", PREDICT, signature("embed_users", **body)) == (
        200,
        found,
    )


def test_binary_in_and_out(server: ModelServer, red_png: bytes) -> None:
    row = {
        "user_id": "ann",
        "image_bytes": {"b64": base64.b64encode(red_png).decode()},
        "category": "hat",
        "strength": 1,
    }
    code, found = call(
        server, "POST", DESIGNER, signature("restyle", instances=[row])
    )
    assert code == 200
    picture = base64.b64decode(found["predictions"][0]["image_bytes"]["b64"])
    assert picture.startswith(b"\x89PNG")


def test_metadata(server: ModelServer) -> None:
    code, found = call(server, "GET", "/v1/models/designer/metadata")
    assert code == 200
    assert found["model_spec"]["version"] == "3"
    signatures = found["metadata"]["signature_def"]["signature_def"]
    seed = signatures["design"]["inputs"]["seed"]
    assert seed["dtype"] == "DT_INT64"
    assert seed["tensor_shape"]["dim"] == [{"size": "-1", "name": ""}]
    assert signatures["design"]["method_name"] == "tensorflow/serving/predict"


def test_metrics(server: ModelServer) -> None:
    call(
        server, "POST", DESIGNER, {"instances": [{"category": "", "seed": ""}]}
    )
    call(server, "POST", "/v1/models/nobody:predict", {"instances": [1]})
    code, page = call(server, "GET", "/monitoring/prometheus/metrics")
    assert code == 200
    name = ":tensorflow:serving:request_"
    failed = '{model_name="designer",status="INVALID_ARGUMENT"} '
    assert f"\n{name}count{failed}" in page
    assert f'\n{name}count{{model_name="",status="NOT_FOUND"}} ' in page
    assert "nobody" not in page


NESTED = "JSON Parse error: Lists and objects must be nested at most 256 deep"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"[" * 500_000, NESTED),
        (b"[" * 500_000 + b"]" * 500_000, NESTED),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, NESTED),
        (b"[" * 257 + b"]" * 257, NESTED),
        (
            b"[" * 255 + b'"ann"' + b"]" * 255,
            "Tensors of 255 dimensions are not supported",
        ),
        (b'["' + b"[{" * 500 + b'"]', None),
    ],
)
def test_nesting_has_a_limit(
    server: ModelServer, value: bytes, text: str | None
) -> None:
    began = time.monotonic()
    code, found = call(
        server,
        "POST",
        PREDICT,
        b'{"signature_name": "embed_users", "inputs": ' + value + b"}",
    )
    assert time.monotonic() - began < 2
    assert code == (400 if text else 200)
    assert found.get("error") == text


@pytest.mark.parametrize(
    "body",
    [
        {"instances": "x" * 60_000},
        {"inputs": {"user_id": [[["x" * 9]] * 6000]}},
        {"inputs": {"user_id": [{"a" * 9: {}}] * 6000}},
        {"instances": [{"a" * 60_000: 1}]},
        {"inputs": 1, "instances": [None] * 60_000},
    ],
)
def test_an_error_does_not_repeat_the_request(
    server: ModelServer, body: dict
) -> None:
    code, found = call(server, "POST", PREDICT, body)
    assert code == 400
    assert len(found["error"]) < 1100


def test_a_name_need_not_be_utf_8(server: ModelServer) -> None:
    """The inputs of a signature are a map of protobuf, which refuses it."""
    for body in (
        b'{"instances": [{"user\xa7": "ann"}]}',
        b'{"inputs": {"user\xa7": ["ann"]}}',
    ):
        code, found = call(server, "POST", PREDICT, body)
        assert code == 400, found


def test_a_bug_is_answered_and_counted(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    with ModelServer({"m": tmp_path}, rest_port=0) as running:
        model = running.models.stores["m"].newest
        monkeypatch.setattr(model, "run", lambda *_: 1 / 0)
        body = {"instances": ["ann"]}
        code, found = call(running, "POST", "/v1/models/m:predict", body)
        _, page = call(running, "GET", "/monitoring/prometheus/metrics")
    assert (code, found) == (
        500,
        {"error": "ZeroDivisionError: division by zero"},
    )
    assert 'request_count{model_name="m",status="INTERNAL"} 1\n' in page


def test_a_connection_is_kept(server: ModelServer) -> None:
    connection = http.client.HTTPConnection(server.rest_address, timeout=10)
    connection.connect()
    first = connection.sock
    for method, code in (("GET", 200), ("HEAD", 400), ("GET", 200)):
        connection.request(method, MODEL)
        response = connection.getresponse()
        assert response.status == code
        assert bool(response.read()) == (method == "GET")
    assert connection.sock is first
    connection.close()


class SlowCall:
    """A call of a model that runs until it is let go."""

    def __init__(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._server = server
        self._model = server.models.stores["m"].newest
        self._run = self._model.run
        self._entered = threading.Event()
        self.leave = threading.Event()
        self.code: int | None = None
        monkeypatch.setattr(self._model, "run", self._run_slowly)
        self._caller = threading.Thread(target=self._call)
        self._caller.start()
        assert self._entered.wait(5)

    def _run_slowly(self, *arguments):
        self._entered.set()
        self.leave.wait(20)
        return self._run(*arguments)

    def _call(self) -> None:
        body = {"instances": ["ann"]}
        with contextlib.suppress(OSError, http.client.HTTPException):
            path = "/v1/models/m:predict"
            self.code, _ = call(self._server, "POST", path, body)

    def join(self) -> int | None:
        self._caller.join()
        return self.code


def test_leaving_lets_a_call_in_flight_finish(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    with ModelServer({"m": tmp_path}, rest_port=0) as running:
        slow = SlowCall(running, monkeypatch)
        threading.Timer(0.3, slow.leave.set).start()
    assert slow.join() == 200
    with pytest.raises(OSError):
        call(running, "GET", "/v1/models/m")


def test_leaving_ends_a_call_that_runs_on(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    with ModelServer(
        {"m": tmp_path}, rest_port=0, grace_seconds=0.2
    ) as running:
        slow = SlowCall(running, monkeypatch)
    assert slow.join() is None
    slow.leave.set()


def test_stopping_does_not_wait_for_idle_connections(
    publish, tmp_path: Path
) -> None:
    publish(tmp_path, 1)
    with contextlib.ExitStack() as peers:
        with ModelServer({"m": tmp_path}, rest_port=0) as running:
            host, port = running.rest_address.split(":")
            for text in (b"", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n"):
                peer = socket.create_connection((host, int(port)), timeout=10)
                peers.enter_context(peer).sendall(text)
            peer.sendall(b"Content-Length: 9\r\n\r\n{")
            call(running, "GET", "/v1/models/m")
            began = time.monotonic()
        assert time.monotonic() - began < 10
        assert peer.recv(1) == b""
