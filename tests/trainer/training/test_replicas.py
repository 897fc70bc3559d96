"""Two devices, and two workers, train the weights that one does."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.compat]
TRIPLES = {
    "backbone": "smooth",
    "embedding_dim": 4,
    "batch_size": 8,
    "epochs": 1,
    "learning_rate": 0.1,
}
CLIPPED = {**TRIPLES, "global_clipnorm": 0.5}
CANDIDATES = {
    **TRIPLES,
    "positives_per_image": 2,
    "user_tower": "both",
    "item_embeddings": 1,
    "loss": "softmax",
    "negatives": "mixed",
    "num_negatives": 10,
}
STREAM = {
    **TRIPLES,
    "input": "stream",
    "loss": "softmax",
    "cross_batch_memory": 2,
}
STREAM_BPR = {**TRIPLES, "input": "stream"}
LAZY = {**CANDIDATES, "optimizer": "lazy_adam", "global_clipnorm": 0.5}
GAN = {
    "image_size": 8,
    "z_dim": 3,
    "generator_width": 2,
    "discriminator_width": 2,
    "ema_decay": 0.9,
    "batch_size": 8,
    "steps": 3,
    "snapshot_every": 3,
    "learning_rate": 0.02,
    "min_images_per_category": 20,
}
CONFIGS = {
    "triples": TRIPLES,
    "clipped": CLIPPED,
    "norms": {**TRIPLES, "backbone": "small", "learning_rate": 0.03},
    "candidates": CANDIDATES,
    "stream": STREAM,
    "stream_bpr": STREAM_BPR,
    "lazy": LAZY,
    "gan": GAN,
}


@pytest.fixture(scope="module")
def start(data_dir, tmp_path_factory):
    """Returns start(configs, folder=None, **environment): process, output."""

    def start(configs, folder=None, **environment):
        script = pathlib.Path(__file__).with_name("replicas.py")
        out = (folder or tmp_path_factory.mktemp("replicas")) / "weights"
        process = subprocess.Popen(
            [sys.executable, script, data_dir, out, json.dumps(configs)],
            env={
                **os.environ,
                "PYTHONPATH": str(script.parents[3]),
                **environment,
            },
        )
        return process, out

    return start


@pytest.fixture(scope="module")
def trained(start, build_once):
    """All weights of all runs."""

    def train(folder):
        process, _ = start(CONFIGS, folder)
        assert process.wait() == 0

    return np.load(build_once("replicas", train) / "weights.npz")


@pytest.fixture(scope="module")
def of_workers(start):
    """Two workers that share two of these runs: their outputs."""
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(2)]
    started = [
        start(
            {"candidates": CANDIDATES, "stream": STREAM},
            TF_CONFIG=json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": index},
                }
            ),
        )
        for index in range(2)
    ]
    assert [process.wait() for process, _ in started] == [0, 0]
    return [out for _, out in started]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(count)
        ]
        return [socket_.getsockname()[1] for socket_ in opened]


@pytest.mark.parametrize(
    ("name", "weights", "tolerance"),
    [
        ("triples", 7, 1e-4),
        ("clipped", 7, 1e-4),
        # Batch statistics are added up in another order, which a maximum
        # magnifies.
        ("norms", 18, 1e-2),
        ("candidates", 15, 1e-4),
        ("stream", 7, 1e-4),
        ("stream_bpr", 7, 1e-4),
        ("lazy", 15, 1e-4),
        # Two networks, what spectral norms follow, and the moving average.
        ("gan", 91, 3e-4),
    ],
)
def test_two_devices_train_the_weights_that_one_does(
    trained, name, weights, tolerance
):
    assert _compare(trained, "one", trained, "two", name, tolerance) == weights


def test_two_workers_train_the_weights_that_one_does(trained, of_workers):
    for out in of_workers:
        result = np.load(f"{out}.npz")
        compared = _compare(
            trained, "one", result, "workers", "candidates", 1e-4
        )
        assert compared == 15


def test_two_workers_that_stream_train_one_model(of_workers):
    """Each reads shards of its own, so it is not the one of one worker."""
    first, second = (np.load(f"{out}.npz") for out in of_workers)
    assert _compare(first, "workers", second, "workers", "stream", 0) == 7


def test_only_the_chief_writes(of_workers):
    chief, other = (
        sorted(path.name for path in out.parent.iterdir()) for out in of_workers
    )
    assert chief == [
        "weights-candidates-workers",
        "weights-stream-workers",
        "weights.npz",
    ]
    assert other == ["weights.npz"]


def _compare(single, of_single, two, of_two, name, tolerance) -> int:
    """Compares weights, and returns how many."""
    start = f"{name} {of_single} "
    paths = [key.removeprefix(start) for key in single if start in key]
    paths = [path for path in paths if not path.startswith("bank")]
    for path in paths:
        first = single[f"{name} {of_single} {path}"]
        second = two[f"{name} {of_two} {path}"]
        limit = 1e-6 + tolerance * np.abs(first).max()
        np.testing.assert_allclose(
            first, second, rtol=0, atol=limit, err_msg=path
        )
    return len(paths)


def test_each_device_keeps_the_features_of_all(trained):
    first, second = (
        trained[f"candidates two bank {device}"] for device in (0, 1)
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(
        first, trained["candidates one bank 0"], rtol=1e-4, atol=1e-5
    )
