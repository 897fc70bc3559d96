"""Two devices train the weights that one does."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

TRIPLES = {
    "backbone": "smooth",
    "embedding_dim": 4,
    "batch_size": 8,
    "epochs": 1,
    "learning_rate": 0.1,
}
CANDIDATES = {
    **TRIPLES,
    "takers_a_photo": 2,
    "user_tower": "both",
    "item_factors": 1,
    "loss": "softmax",
    "negatives": "mixed",
    "num_negatives": 10,
}
GAN = {
    "image_size": 8,
    "z_dim": 3,
    "generator_width": 2,
    "discriminator_width": 2,
    "average_decay": 0.9,
    "batch_size": 8,
    "steps": 3,
    "snapshot_every": 3,
    "learning_rate": 0.02,
    "min_per_category": 20,
}
CONFIGS = {
    "triples": TRIPLES,
    "norms": {**TRIPLES, "backbone": "small", "learning_rate": 0.03},
    "candidates": CANDIDATES,
    "gan": GAN,
}


@pytest.fixture(scope="module")
def trained(data_dir, tmp_path_factory):
    """All weights of all runs."""
    script = pathlib.Path(__file__).with_name("replicas.py")
    out = tmp_path_factory.mktemp("replicas") / "weights"
    subprocess.run(
        [sys.executable, str(script), data_dir, str(out), json.dumps(CONFIGS)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(script.parents[2])},
    )
    return np.load(f"{out}.npz")


@pytest.mark.parametrize(
    ("name", "weights", "tolerance"),
    [
        ("triples", 7, 1e-4),
        # Batch statistics are added up in another order, which a maximum
        # magnifies.
        ("norms", 18, 1e-2),
        ("candidates", 15, 1e-4),
        # Two networks, what spectral norms follow, and the moving average.
        ("gan", 85, 3e-4),
    ],
)
def test_two_devices_train_the_weights_that_one_does(
    trained, name, weights, tolerance
):
    of_one = f"{name} one "
    paths = [key.removeprefix(of_one) for key in trained if of_one in key]
    paths = [path for path in paths if not path.startswith("bank")]
    assert len(paths) == weights
    for path in paths:
        one = trained[f"{name} one {path}"]
        two = trained[f"{name} two {path}"]
        limit = 1e-6 + tolerance * np.abs(one).max()
        np.testing.assert_allclose(one, two, rtol=0, atol=limit, err_msg=path)


def test_each_device_keeps_the_features_of_all(trained):
    first, second = (trained[f"candidates two bank {one}"] for one in (0, 1))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(
        first, trained["candidates one bank 0"], rtol=1e-4, atol=1e-5
    )
