"""Two devices train the weights that one does."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest


@pytest.fixture(scope="module")
def trained(data_dir, tmp_path_factory):
    """All weights of both runs."""
    values = {
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
    script = pathlib.Path(__file__).with_name("gan_replicas.py")
    out = tmp_path_factory.mktemp("replicas") / "weights"
    subprocess.run(
        [sys.executable, str(script), data_dir, str(out), json.dumps(values)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(script.parents[3])},
    )
    return np.load(f"{out}.npz")


@pytest.mark.parametrize(
    "part", ["generator", "heads", "directions", "average"]
)
def test_two_devices_train_the_weights_that_one_does(trained, part):
    names = [name for name in trained if name.startswith(f"one {part} ")]
    assert len(names) > 5
    for name in names:
        one, two = trained[name], trained[name.replace("one", "two", 1)]
        # Statistics of a batch are added up in another order.
        limit = 1e-6 + 1e-4 * np.abs(one).max()
        np.testing.assert_allclose(one, two, rtol=0, atol=limit, err_msg=name)
