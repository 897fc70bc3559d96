"""When the servers of a training end, without a cluster."""

import threading
import types

import pytest
import tensorflow as tf

from atelier.schema import run_artifacts
from trainer.training import cluster
from trainer.training import parameter_servers


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """The file that ends the servers of a cluster."""
    monkeypatch.setattr(cluster, "has_parameter_servers", lambda: True)
    return tmp_path / "run" / run_artifacts.TRAINING_ENDED


@pytest.fixture
def run_dir(tmp_path):
    return str(tmp_path / "run")


def test_servers_end_with_the_training(run_dir, ended):
    with parameter_servers.ending_servers(run_dir):
        assert not ended.exists()
    first = ended.read_text()
    with parameter_servers.ending_servers(run_dir):
        pass
    assert ended.read_text() != first


def test_servers_end_with_a_failed_training(run_dir, ended):
    with (
        pytest.raises(ValueError, match="lost"),
        parameter_servers.ending_servers(run_dir),
    ):
        raise ValueError("lost")
    assert ended.exists()


def test_servers_wait_for_a_preempted_chief(run_dir, ended):
    with (
        pytest.raises(SystemExit),
        parameter_servers.ending_servers(run_dir),
    ):
        raise SystemExit(143)
    assert not ended.exists()


def test_without_servers_nothing_is_written(run_dir, tmp_path):
    with parameter_servers.ending_servers(run_dir):
        pass
    assert not (tmp_path / "run").exists()


def test_a_server_serves_until_the_next_end(run_dir, ended, monkeypatch):
    """An end of before does not count."""
    started = []
    resolver = types.SimpleNamespace(
        cluster_spec=lambda: {"ps": ["host:1"]}, task_type="ps", task_id=0
    )
    monkeypatch.setattr(
        tf.distribute.cluster_resolver,
        "TFConfigClusterResolver",
        lambda: resolver,
    )
    monkeypatch.setattr(
        tf.distribute,
        "Server",
        lambda spec, **role: (
            started.append(role) or types.SimpleNamespace(target="grpc://host")
        ),
    )
    monkeypatch.setattr(parameter_servers, "_SECONDS", 0.01)
    parameter_servers._end(run_dir)
    server = threading.Thread(target=parameter_servers.serve, args=[run_dir])
    server.start()
    server.join(0.2)
    assert server.is_alive()
    parameter_servers._end(run_dir)
    server.join(20)
    assert not server.is_alive()
    assert started == [{"job_name": "ps", "task_index": 0, "protocol": "grpc"}]
