"""Load on the local server, and the arithmetic of it."""

import time
import types
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from atelier.io.errors import UserError
from serving.local_server.server import ModelServer
from serving.ops import load_generator as serving_load
from serving.ops.load_generator import Load
from serving.ops.load_generator import run_load
from serving.ops.loadtest import main
from serving.ops.loadtest import read_requests


@pytest.fixture(scope="module")
def warm_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A request of two signatures each, as an export writes them."""
    path = tmp_path_factory.mktemp("warm_up") / "requests"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in ("serving_default", "embed_users"):
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = "recommender"
            request.model_spec.signature_name = signature
            request.inputs["user_id"].CopyFrom(tf.make_tensor_proto(["ann"]))
            writer.write(log.SerializeToString())
    return path


def test_calls_come_at_the_rate_and_are_answered(
    server: ModelServer, warm_up: Path
) -> None:
    requests = read_requests([warm_up], None, None)
    load = run_load(server.address, requests, 200, 1)
    assert 150 < len(load.codes) < 250
    assert load.failures == {}
    assert np.all(np.diff(load.due) > 0)
    assert load.due[-1] < 1
    assert np.all(load.latency > 0)


def test_a_server_that_stands_still_is_charged_with_all_that_wait(
    server: ModelServer, warm_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The caller itself is held up for half a second before its 10th call.
    sleeps = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        time.sleep(0.5 if len(sleeps) == 10 else seconds)

    clock = types.SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(serving_load, "time", clock)
    requests = read_requests([warm_up], None, None)
    load = run_load(server.address, requests, 100, 0.6)
    assert load.latency[:9].min() < 0.2
    assert (load.latency > 0.2).sum() > 15


def test_an_unreachable_server_is_a_failure_and_not_fast(warm_up: Path) -> None:
    requests = read_requests([warm_up], "embed_users", None)
    load = run_load("127.0.0.1:1", requests, 50, 0.2, deadline_seconds=0.5)
    assert sum(load.failures.values()) == len(load.codes) > 0
    assert load.percentile_ms(50) == float("inf")


def test_percentiles() -> None:
    latency = np.arange(1, 101) / 1000
    load = Load(latency, latency, ["OK"] * 99 + ["UNAVAILABLE"])
    assert load.percentile_ms(50) == pytest.approx(51)
    assert load.percentile_ms(98) == pytest.approx(99)
    assert load.percentile_ms(100) == float("inf")
    assert load.failures == {"UNAVAILABLE": 1}


def command(server: ModelServer, warm_up: Path, *arguments: object) -> None:
    flags = ["--server", server.address, "--requests", warm_up]
    rate = ["--rate", 100, "--seconds", 0.3]
    main([str(one) for one in (*flags, *rate, *arguments)])


def test_the_command_prints_a_table_and_draws(
    server: ModelServer, warm_up: Path, tmp_path: Path, capsys
) -> None:
    chart = tmp_path / "load.png"
    command(server, warm_up, "--p99_ms", 5000, "--chart", chart)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("calls", "failed", "p50", "p90", "p95", "p99", "p99.9", "max")
    ]
    assert lines[1] == "failed    0, 0.00%"
    assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--p99_ms", 0.001], "missed: p99 is "),
        (["--version", 8], "missed: 100.00% failed, more than 0.00%"),
        (["--label", "canary"], "missed: 100.00% failed, more than 0.00%"),
        (["--tls"], "missed: 100.00% failed, more than 0.00%"),
        (["--model", "nobody"], "missed: 100.00% failed, more than 0.00%"),
    ],
)
def test_a_missed_objective_is_exit_1(
    server: ModelServer, warm_up: Path, arguments: list, text: str, capsys
) -> None:
    with pytest.raises(SystemExit) as caught:
        command(server, warm_up, *arguments)
    assert caught.value.code == 1
    assert text in capsys.readouterr().out


def test_the_requested_version_answers(
    server: ModelServer, warm_up: Path, capsys
) -> None:
    command(server, warm_up, "--version", 7)
    assert "failed    0, 0.00%" in capsys.readouterr().out


def test_a_chart_that_cannot_be_written_is_known_before_the_load(
    server: ModelServer, warm_up: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("serving.ops.loadtest.run_load", None)
    with pytest.raises(FileNotFoundError):
        command(server, warm_up, "--chart", tmp_path / "no" / "load.png")
    with pytest.raises(SystemExit):
        command(server, warm_up, "--chart", tmp_path / "load.txt")
    assert "expected .png or .svg" in capsys.readouterr().err


def test_a_missing_certificate(server: ModelServer, warm_up: Path) -> None:
    with pytest.raises(UserError, match="Cannot read no.pem"):
        command(server, warm_up, "--tls_ca", "no.pem")


@pytest.mark.parametrize(
    ("path", "signature", "text"),
    [
        ("no such file", None, "is damaged or missing"),
        (__file__, None, "is damaged or missing"),
        (None, "similar_items", "only of embed_users, serving_default"),
    ],
)
def test_missing_requests(
    warm_up: Path, path: str | None, signature: str | None, text: str
) -> None:
    with pytest.raises(UserError, match=text):
        read_requests([Path(path or warm_up)], signature, None)


def test_files_of_several_versions(warm_up: Path) -> None:
    requests = read_requests([warm_up, warm_up], "embed_users", "canary")
    assert [one.model_spec.name for one in requests] == ["canary"] * 2
