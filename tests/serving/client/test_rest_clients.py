"""The clients over REST: what they answer is what those over gRPC do."""

import contextlib
import dataclasses
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import urllib3

from serving.client.designer_client import DesignerClient
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.client.rest_clients import RestDesignerClient
from serving.client.rest_clients import RestRecommenderClient
from serving.local_server.model_config import from_base_paths
from serving.local_server.server import ModelServer

PNG = b"\x89PNG\x00"


@pytest.fixture(scope="module")
def url(server: ModelServer) -> str:
    return f"http://{server.rest_address}"


def assert_same(found, wanted) -> None:
    if isinstance(wanted, list):
        assert found == wanted
        return
    if not dataclasses.is_dataclass(wanted):
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype
        return
    for field in dataclasses.fields(wanted):
        one, other = (getattr(of, field.name) for of in (found, wanted))
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        elif field.name != "version":
            assert one == other


@pytest.mark.parametrize(
    "ask",
    [
        lambda c, png: c.recommend(["ann", "nobody"]),
        lambda c, png: c.recommend(["ann", "bob"], [["шапка"], []]),
        lambda c, png: c.recommend(["ann"], None, [["hat", "top"]]),
        lambda c, png: c.recommend(["cyd"], include_owned=True, diversity=0.5),
        lambda c, png: c.recommend(
            ["ann", "bob"],
            filters=[["category=hat"], []],
            min_price=1,
            max_price=19.99,
            collapse_variants=True,
        ),
        lambda c, png: c.item_info(["шапка", "unheard-of"]),
        lambda c, png: c.goes_with(["帽子", "unheard-of"]),
        lambda c, png: c.recommend_for_items([["shirt,1", "帽子"], ["robe"]]),
        lambda c, png: c.recommend_for_items([["robe"]], [["帽子"]], [["hat"]]),
        lambda c, png: c.recommend_for_text(["hat"], ["ann"], [["帽子"]]),
        lambda c, png: c.similar_items(["帽子", "unheard-of"]),
        lambda c, png: c.similar_to_image([png, png]),
        lambda c, png: c.user_history(["cyd", "ann", "nobody"]),
        lambda c, png: c.score_images(["ann", "bob"], [png, png]),
        lambda c, png: c.embed_images([png]),
        lambda c, png: c.embed_users(["bob"]),
    ],
)
def test_recommender(server: ModelServer, url: str, red_png: bytes, ask):
    with (
        RestRecommenderClient(url) as rest,
        RecommenderClient(server.address) as rpc,
    ):
        assert_same(ask(rest, red_png), ask(rpc, red_png))


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.generate(["hat", "hat"], [2**62, -3]),
        lambda c: c.design(["ann", "bob"], ["hat"] * 2, [1, 2]),
        lambda c: c.restyle(["ann"], [PNG], ["hat"], [0.25]),
        lambda c: c.compose(["ann", "帽子"], ["hat"] * 2, [1, 2], [0.5, 1]),
    ],
)
def test_designer(server: ModelServer, url: str, ask):
    with RestDesignerClient(url) as rest, DesignerClient(server.address) as rpc:
        assert_same(ask(rest), ask(rpc))


def test_the_version_is_the_requested_one(url: str) -> None:
    with RestRecommenderClient(url, version=7) as client:
        assert client.recommend(["ann"]).version == 7
    with RestRecommenderClient(url) as client:
        assert client.recommend(["ann"]).version == 0


@pytest.mark.parametrize(
    ("model", "how", "code", "text"),
    [
        ("nothing", {}, grpc.StatusCode.NOT_FOUND, "Servable not found"),
        ("a/b é", {}, grpc.StatusCode.NOT_FOUND, "Latest(a/b é)"),
        (None, {"version": 4}, grpc.StatusCode.NOT_FOUND, "Specific"),
        (
            None,
            {"version_label": "canary"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "label: canary",
        ),
    ],
)
def test_refusals_are_those_of_grpc(url: str, model, how, code, text) -> None:
    client = RestRecommenderClient(url, model, **how)
    with pytest.raises(ServingError, match="embed_users of model") as error:
        client.embed_users(["ann"])
    assert error.value.code == code
    assert text in str(error.value)


def test_invalid_arguments_are_not_sent(url: str) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        RestRecommenderClient(url).recommend([])
    with pytest.raises(ValueError, match="received 'localhost:8501'"):
        RestRecommenderClient("localhost:8501")
    with pytest.raises(ValueError, match="not both"):
        RestRecommenderClient(url, version=1, version_label="canary")


def test_wait_until_ready(url: str) -> None:
    with RestRecommenderClient(url) as client:
        client.wait_until_ready(0)
    client = RestRecommenderClient(url, "nothing")
    with pytest.raises(ServingError, match="was not ready within 0.1 s"):
        client.wait_until_ready(0.1)


@pytest.mark.parametrize("over_rest", [False, True])
def test_wait_until_a_label_of_the_local_server_is_ready(
    publish, tmp_path: Path, over_rest: bool
) -> None:
    publish(tmp_path / "recommender", 1)
    config = from_base_paths({"recommender": tmp_path / "recommender"})
    config.model_config_list.config[0].version_labels["canary"] = 1
    with ModelServer(config, rest_port=0) as server:
        kind, target = (
            (RestRecommenderClient, f"http://{server.rest_address}")
            if over_rest
            else (RecommenderClient, server.address)
        )
        with kind(target, version_label="canary") as client:
            client.wait_until_ready(0)
        with (
            kind(target, version_label="stable") as client,
            pytest.raises(ServingError, match="label: stable"),
        ):
            client.wait_until_ready(0)


def test_wait_until_ready_waits_for_the_version_of_a_label(scripted) -> None:
    handler, url = scripted
    status = {"version": "1", "state": "AVAILABLE"}
    missing = json.dumps({"error": "No version is canary"}).encode()
    # As of TF Serving, whose status takes no notice of a label.
    known = {"model_version_status": [status], "metadata": {}}
    handler.script = [(404, missing), (200, json.dumps(known).encode())]
    with RestRecommenderClient(url, version_label="canary") as client:
        client.wait_until_ready(5)
    assert (
        handler.paths == ["/v1/models/recommender/labels/canary/metadata"] * 2
    )


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ([], "it has no version"),
        (None, "The answer cannot be read"),
        ([{"state": 1}], "The answer cannot be read"),
        ([{"version": "1", "state": "END"}], "The answer cannot be read"),
    ],
)
def test_a_status_that_says_nothing(scripted, states, text: str) -> None:
    handler, url = scripted
    body = json.dumps({"model_version_status": states}).encode()
    handler.script = [(200, body)]
    client = RestRecommenderClient(url)
    with pytest.raises(ServingError, match=text):
        client.wait_until_ready(0.1)


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers what it is told, one after the other, then the last for ever."""

    script: list[tuple[int, bytes]]
    pause_seconds = 0.0
    between_bytes_seconds = 0.0
    paths: list[str]

    def do_POST(self) -> None:
        self.paths.append(self.path)
        time.sleep(self.pause_seconds)
        code, body = self.script[0]
        if len(self.script) > 1:
            self.script.pop(0)
        self.send_response(code)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # Nobody listens any more.
            for one in body:
                self.wfile.write(bytes([one]))
                time.sleep(self.between_bytes_seconds)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def scripted() -> Iterator[tuple[type[Scripted], str]]:
    handler = type("Once", (Scripted,), {"paths": []})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield handler, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_busy_server_is_retried(scripted) -> None:
    handler, url = scripted
    good = json.dumps({"outputs": [[1.0, 2.0]]}).encode()
    busy = json.dumps({"error": "busy"}).encode()
    away = b"<html>502 Bad Gateway</html>"  # What nginx says.
    handler.script = [(503, busy), (429, busy), (502, away), (200, good)]
    with RestRecommenderClient(url) as client:
        assert client.embed_users(["ann"]).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("code", "body", "status", "text"),
    [
        (200, b"<html>", grpc.StatusCode.INTERNAL, "<html>"),
        (200, b"[1]", grpc.StatusCode.INTERNAL, "not a TF Serving response"),
        (200, b"{}", grpc.StatusCode.INTERNAL, "not a TF Serving response"),
        (200, b'{"o": 1}', grpc.StatusCode.INTERNAL, "not a TF Serving"),
        (500, b"Oh", grpc.StatusCode.INTERNAL, "'Oh', not a TF Serving"),
        (403, b'{"who": 1}', grpc.StatusCode.PERMISSION_DENIED, "status 403"),
        (401, b'{"error": {"is": "x"}}', grpc.StatusCode.UNAUTHENTICATED, "x"),
    ],
)
def test_a_server_other_than_tf_serving(
    scripted, code, body, status, text
) -> None:
    handler, url = scripted
    handler.script = [(code, body)]
    with pytest.raises(ServingError, match=text) as error:
        RestRecommenderClient(url).embed_users(["ann"])
    assert error.value.code == status


@pytest.mark.parametrize(
    "outputs",
    [
        [["robe"]],
        None,
        {},
        {"item_ids": [[None]], "scores": [[1.0]], "known_user": [True]},
        {"item_ids": [[{}]], "scores": [[1.0]], "known_user": [True]},
    ],
)
def test_an_answer_that_cannot_be_read(scripted, outputs) -> None:
    handler, url = scripted
    handler.script = [(200, json.dumps({"outputs": outputs}).encode())]
    client = RestRecommenderClient(url)
    with pytest.raises(ServingError, match="answer cannot be read") as error:
        client.recommend(["ann"])
    assert error.value.code == grpc.StatusCode.INTERNAL


def test_an_unreachable_server() -> None:
    pool = urllib3.PoolManager()
    with (
        RestRecommenderClient(
            "http://127.0.0.1:9", deadline_seconds=0.3, pool=pool
        ) as client,
        pytest.raises(ServingError, match="UNAVAILABLE") as error,
    ):
        client.embed_users(["ann"])
    assert error.value.code == grpc.StatusCode.UNAVAILABLE


def test_a_pause_that_outlasts_the_deadline(monkeypatch) -> None:
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(seconds + 0.3))
    with (
        RestRecommenderClient(
            "http://127.0.0.1:9", deadline_seconds=0.2
        ) as client,
        pytest.raises(ServingError, match="UNAVAILABLE"),
    ):
        client.embed_users(["ann"])


def test_an_answer_that_takes_too_long(scripted) -> None:
    handler, url = scripted
    handler.script = [(200, b"")]
    handler.pause_seconds = 1.0
    client = RestRecommenderClient(url, deadline_seconds=0.2)
    with pytest.raises(ServingError) as error:
        client.embed_users(["ann"])
    assert error.value.code == grpc.StatusCode.DEADLINE_EXCEEDED


def test_an_answer_that_drips(scripted) -> None:
    handler, url = scripted
    handler.script = [(200, b"x" * 20)]
    handler.between_bytes_seconds = 0.1
    client = RestRecommenderClient(url, deadline_seconds=0.4)
    began = time.monotonic()
    with pytest.raises(ServingError, match="too slow") as error:
        client.embed_users(["ann"])
    assert time.monotonic() - began < 1
    assert error.value.code == grpc.StatusCode.DEADLINE_EXCEEDED
