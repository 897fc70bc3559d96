"""Batches and clusters that a strategy cannot train with are refused."""

import json

import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training.distribution import build_strategy
from trainer.training.distribution import initialize_strategy
from trainer.training.distribution import require_row_per_replica


@pytest.mark.parametrize(
    ("batch_size", "replicas"), [(1, 1), (2, 2), (3, 2), (8, 4), (7, 4)]
)
def test_a_batch_with_a_row_for_each_device_passes(batch_size, replicas):
    require_row_per_replica(batch_size, replicas)


@pytest.mark.parametrize(
    ("batch_size", "replicas"), [(0, 1), (1, 2), (3, 4), (5, 4)]
)
def test_a_batch_without_a_row_for_some_device_is_refused(batch_size, replicas):
    """TensorFlow splits 5 rows over 4 devices into 2, 2, 1 and 0."""
    with pytest.raises(UserError, match=f"one of {replicas} devices without"):
        require_row_per_replica(batch_size, replicas)


def test_servers_are_refused_where_the_weights_are_on_the_workers(monkeypatch):
    config = {
        "cluster": {"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1"]},
        "task": {"type": "chief", "index": 0},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(UserError, match="which only `recommender --input str"):
        initialize_strategy(0)


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        (["worker"], "MultiWorkerMirroredStrategy"),
        (["worker", "ps"], "ParameterServerStrategy"),
    ],
)
def test_the_roles_choose_the_strategy(monkeypatch, roles, name):
    """Its constructor would wait for the other processes."""
    config = {
        "cluster": {role: ["a:1"] for role in ["chief", *roles]},
        "task": {"type": "chief", "index": 0},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    monkeypatch.setattr(tf.distribute, name, lambda *_: name)
    assert build_strategy() == name


def test_several_gpus_are_mirrored(monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda _: [1, 2])
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: "mirrored")
    assert build_strategy() == "mirrored"
