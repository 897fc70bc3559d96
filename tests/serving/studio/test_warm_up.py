"""Warm-up of the models beside the page."""

import re
from pathlib import Path

import httpx
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from atelier.schema.warmup_requests import WARM_UP
from serving.local_server.server import ModelServer
from serving.studio.warm_up import warm_up


def num_calls(server: ModelServer) -> int:
    """Number of successful calls of the recommender."""
    page = httpx.get(
        f"http://{server.rest_address}/monitoring/prometheus/metrics",
        trust_env=False,
    ).text
    counts = re.findall(
        r'request_count\{model_name="recommender",status="OK"\} (\d+)', page
    )
    return sum(map(int, counts))


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """Version 7 of a recommender whose third warm-up request is bad."""
    version = tmp_path / "recommender" / "7"
    (version / WARM_UP).parent.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    with tf.io.TFRecordWriter(str(version / WARM_UP)) as writer:
        for name in ("user_id", "user_id", "unknown", "user_id"):
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = "another"
            request.inputs[name].CopyFrom(tf.make_tensor_proto(["ann"]))
            writer.write(log.SerializeToString())
    return version.parent


def test_calls_until_one_fails(
    server: ModelServer, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:1")  # Nothing is there.
    before = num_calls(server)

    warm_up(server.address, {"recommender": model_dir})

    assert num_calls(server) == before + 2


def test_calls_only_the_signatures_that_are_named(
    server: ModelServer, model_dir: Path
) -> None:
    path = str(model_dir / "7" / WARM_UP)
    with tf.io.TFRecordWriter(path) as writer:
        for signature in ("user_history", "serving_default", "user_history"):
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.signature_name = signature
            request.inputs["user_id"].CopyFrom(tf.make_tensor_proto(["ann"]))
            writer.write(log.SerializeToString())
    before = num_calls(server)

    warm_up(server.address, {"recommender": model_dir}, ["user_history"])

    assert num_calls(server) == before + 2


def test_a_model_without_versions_is_left_out(
    server: ModelServer, model_dir: Path, tmp_path: Path
) -> None:
    before = num_calls(server)

    warm_up(server.address, {"gone": tmp_path, "recommender": model_dir})

    assert num_calls(server) == before + 2


def test_a_version_without_requests_is_left_cold(
    server: ModelServer, model_dir: Path
) -> None:
    (model_dir / "7" / WARM_UP).unlink()
    before = num_calls(server)

    warm_up(server.address, {"recommender": model_dir})

    assert num_calls(server) == before
