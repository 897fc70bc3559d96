"""Dropout and augmentation of two devices."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.compat]


@pytest.fixture(scope="module")
def drawn(data_dir, build_once):
    """Output of `replica_seeds.py`."""

    def train(folder):
        script = pathlib.Path(__file__).with_name("replica_seeds.py")
        subprocess.run(
            [sys.executable, script, data_dir, folder / "drawn"],
            env={**os.environ, "PYTHONPATH": str(script.parents[3])},
            check=True,
        )

    return np.load(build_once("replica_seeds", train) / "drawn.npz")


@pytest.mark.parametrize(
    "layer", ["augmentation", "backbone", "feature_dropout", "item_embedding"]
)
def test_no_row_of_two_devices_is_changed_alike(drawn, layer):
    rows = np.concatenate(drawn[layer])
    assert len(np.unique(rows.reshape(len(rows), -1), axis=0)) == len(rows)


def test_a_resumed_run_trains_the_weights_of_an_unbroken_one(drawn):
    names = [name for name in drawn.files if name.startswith("whole")]
    assert names
    for name in names:
        np.testing.assert_array_equal(
            drawn[name], drawn[name.replace("whole", "broken")], err_msg=name
        )
