"""Trains on one and two devices: `python gan_replicas.py DATA_DIR OUT CONFIG`.

In a process of its own, because a CPU is split in two before TensorFlow starts.
CONFIG is JSON. OUT gets the weights of both runs and what is drawn with.
"""

import json
import sys
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from trainer.gan import projected_discriminator
from trainer.gan import train as gan_train
from trainer.gan.config import GanConfig
from trainer.run import Run


def main() -> None:
    data_dir, out, values = sys.argv[1:]
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    arrays = {}
    for devices, strategy in strategies.items():
        run = Run.start(
            f"{out}-{devices}", data_dir, GanConfig(**json.loads(values))
        )
        trainings = []

        class Seen(gan_train.GanTraining):
            def __init__(self, *args, kept=trainings) -> None:
                super().__init__(*args)
                kept.append(self)

        with (
            mock.patch.object(gan_train, "all_devices", return_value=strategy),
            mock.patch.object(gan_train, "GanTraining", Seen),
        ):
            gan_train.train(run, verbose=0)
        for name, weights in parts(trainings[0]).items():
            for index, weight in enumerate(weights):
                arrays[f"{devices} {name} {index}"] = weight.numpy()
    np.savez(out, **arrays)


def parts(training) -> dict:
    """Returns all that training changed, by its owner."""
    return {
        "generator": training.generator.weights,
        "heads": training.discriminator.trainable_weights,
        "directions": [
            weight
            for weight in training.discriminator.weights
            if weight.name == "direction"
        ],
        "average": training.average.variables,
    }


def gradient_descent(rate, **of_adam):
    """Stands in for Adam, so that a share that is wrong shows."""
    del of_adam
    return keras.optimizers.SGD(rate)


if __name__ == "__main__":
    with (
        mock.patch.object(projected_discriminator, "SIDE", 32),
        mock.patch.object(keras.optimizers, "Adam", gradient_descent),
    ):
        main()
