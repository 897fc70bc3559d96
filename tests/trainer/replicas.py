"""Trains on one and on two devices: `python replicas.py DATA_DIR OUT
BACKBONE`.

In a process of its own, because a CPU is split in two before TensorFlow starts.
OUT gets the weights of both runs. Dropout is off: two devices draw other masks
than one.
"""

import sys
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from trainer import recommender
from trainer import two_tower
from trainer.config import RecommenderConfig
from trainer.run import Run
from trainer.trained import load_best_model


def main() -> None:
    data_dir, out, backbone = sys.argv[1:]
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    config = RecommenderConfig(
        backbone=backbone,
        embedding_dim=4,
        learning_rate=0.1,
        batch_size=8,
        epochs=1,
    )
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    weights = {}
    for name, strategy in strategies.items():
        run = Run.start(f"{out}-{name}", data_dir, config)
        with mock.patch.object(recommender, "_strategy", lambda s=strategy: s):
            recommender.train(run, verbose=0)
        model = load_best_model(run, 8)
        for variable in model.weights:
            weights[f"{name} {variable.path}"] = variable.numpy()
    np.savez(out, **weights)


if __name__ == "__main__":
    with (
        mock.patch.object(
            sys.modules["trainer.backbones.cnn_f"], "DROPOUT", 0.0
        ),
        # Users far from zero and steps as large as the gradient: a share that
        # is wrong on two devices shows.
        mock.patch.object(two_tower, "MAX_INITIAL_USER", 1.0),
        mock.patch.object(keras.optimizers, "Adam", keras.optimizers.SGD),
    ):
        main()
