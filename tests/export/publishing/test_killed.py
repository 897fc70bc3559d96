"""Whenever an export is killed, the folder of versions can be served."""

import multiprocessing
import os
import random
import runpy
import time

import numpy as np
import pytest
import tensorflow as tf

from export.publishing import rollback
from export.publishing.golden_request import Example
from export.publishing.probe_servable import ask
from export.publishing.publisher import publishing
from export.publishing.write_warmup import write_warm_up

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("ATELIER_KILLS", "50"))
SEED = 0
EXAMPLE = Example("serving_default", {"numbers": np.ones(1, np.float32)})


class Adder(tf.Module):
    """Adds a variable that takes a while to write."""

    def __init__(self):
        super().__init__()
        self.ones = tf.Variable(tf.ones([10_000, 1000]))

    def add(self, numbers):
        return {"sums": numbers + tf.reduce_sum(self.ones[-1])}


def publish_once(model_dir):
    adder = Adder()
    spec = tf.TensorSpec([None], tf.float32, "numbers")
    add = tf.function(adder.add).get_concrete_function(numbers=spec)
    signatures = {"serving_default": add}

    def save(path):
        tf.saved_model.save(adder, path, signatures=signatures)
        write_warm_up(path, "adder", [EXAMPLE])

    with publishing(model_dir, "adder") as publisher:
        publisher.publish(save, {}, check=ask)


def begun(model_dir):
    return {child.name for child in model_dir.glob("tmp-*")}


def remove_if_whole(model_dir):
    """Asks and removes all versions; returns how many there were."""
    found = [child for child in model_dir.iterdir() if child.name.isdigit()]
    for version in found:
        (answer,) = ask(str(version)).answers
        assert answer["sums"] == 1001
        tf.io.gfile.rmtree(str(version))
    return len(found)


def test_a_killed_export_leaves_only_whole_versions(tmp_path):
    # Its processes are forked from one that has imported TensorFlow.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tensorflow", "export.publishing.publish_servable"]
    )
    asked = (__file__, {"MODEL_DIR": str(tmp_path)}, "__main__")
    rng = random.Random(SEED)
    left = set()
    killed_while_writing = 0
    for _ in range(KILLS):
        process = context.Process(target=runpy.run_path, args=asked)
        process.start()
        try:
            deadline = time.monotonic() + 120
            while not begun(tmp_path) - left:
                assert process.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 2))
            assert process.is_alive()
        finally:
            process.kill()
            process.join()
        left = begun(tmp_path)
        assert len(left) <= 1  # What was left before is gone.
        killed_while_writing += len(left)
        remove_if_whole(tmp_path)
    assert killed_while_writing
    publish_once(str(tmp_path))
    assert remove_if_whole(tmp_path) == 1
    assert not begun(tmp_path)


if __name__ == "__main__":
    # Killed processes would leave their child.
    rollback.probe_in_subprocess = ask
    while True:
        for _ in range(2):
            publish_once(MODEL_DIR)  # noqa: F821  Given by who runs this file.
        rollback.roll_back(MODEL_DIR)  # noqa: F821
