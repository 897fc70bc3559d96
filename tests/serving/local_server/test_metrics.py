"""The page that Prometheus reads."""

import types

import grpc
import pytest

from serving.local_server.metrics import Metrics
from serving.local_server.status_error import StatusError

COUNT = ":tensorflow:serving:request_count"
LATENCY = ":tensorflow:serving:request_latency"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(types.SimpleNamespace(stores={'a"b': None, "c": None}))


def test_calls_are_counted_by_how_they_end(metrics: Metrics) -> None:
    for _ in range(2):
        with metrics.measured('a"b', "Predict", "GRPC"):
            pass
    with (
        pytest.raises(StatusError),
        metrics.measured("c", "predict", "REST"),
    ):
        raise StatusError(grpc.StatusCode.NOT_FOUND, "none")
    lines = metrics.page().splitlines()
    assert f"# TYPE {COUNT} counter" in lines
    assert COUNT + r'{model_name="a\"b",status="OK"} 2' in lines
    assert COUNT + '{model_name="c",status="NOT_FOUND"} 1' in lines


def test_latencies_are_a_histogram_that_adds_up(metrics: Metrics) -> None:
    for _ in range(3):
        with metrics.measured("c", "Predict", "GRPC"):
            pass
    labels = 'model_name="c",API="Predict",entrypoint="GRPC"'
    page = metrics.page()
    assert f"# TYPE {LATENCY} histogram\n" in page
    assert f'{LATENCY}_bucket{{{labels},le="10"}} ' in page
    assert f'{LATENCY}_bucket{{{labels},le="+Inf"}} 3\n' in page
    assert f"{LATENCY}_count{{{labels}}} 3\n" in page
    assert f"{LATENCY}_sum{{{labels}}} " in page


def test_unknown_models_are_counted_without_name(metrics: Metrics) -> None:
    for number in range(100):
        with metrics.measured(f"stranger {number}", "Predict", "GRPC"):
            pass
    assert "stranger" not in metrics.page()
    assert f'{COUNT}{{model_name="",status="OK"}} 100\n' in metrics.page()
