"""Trains on one and on two devices: `python replicas.py DATA_DIR OUT CONFIGS`.

In a process of its own, because a CPU is split in two before TensorFlow starts.
CONFIGS is JSON, configurations by name. OUT gets the weights of all runs, and
the bank of features where there is one: that of the one device, and those of
the two.
"""

import json
import sys
from typing import ClassVar
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from trainer import recommender
from trainer.backbones import BACKBONES
from trainer.candidate_training import CandidateTraining
from trainer.config import RecommenderConfig
from trainer.dataset.interactions import load_interactions
from trainer.run import Run
from trainer.towers import user_towers
from trainer.trained import load_best_model


def main() -> None:
    data_dir, out, configs = sys.argv[1:]
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    arrays = {}
    for name, values in json.loads(configs).items():
        for devices, strategy in strategies.items():
            run = Run.start(
                f"{out}-{name}-{devices}", data_dir, RecommenderConfig(**values)
            )
            for key, array in train(run, strategy).items():
                arrays[f"{name} {devices} {key}"] = array
    np.savez(out, **arrays)


def train(run: Run, strategy: tf.distribute.Strategy) -> dict:
    """Returns all weights by path, and banks by the number of their device."""
    Seen.trainings.clear()
    with (
        mock.patch.object(recommender, "all_devices", return_value=strategy),
        mock.patch.object(recommender, "CandidateTraining", Seen),
    ):
        recommender.train(run, verbose=0)
    model = load_best_model(run, load_interactions(run.data_dir))
    found = {weight.path: weight.numpy() for weight in model.weights}
    for training in Seen.trainings:
        for device, bank in enumerate(training.last_banks):
            found[f"bank {device}"] = bank
    return found


class Seen(CandidateTraining):
    """Keeps the banks as the last step left them: evaluation fills them."""

    trainings: ClassVar[list] = []

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.trainings.append(self)

    def evaluate(self) -> dict:
        bank = self._bank.features
        self.last_banks = [
            one.numpy() for one in getattr(bank, "values", [bank])
        ]
        return super().evaluate()


def smooth(image_size: int) -> keras.Model:
    """A network that magnifies no rounding."""
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Conv2D(4, 5, strides=4, activation="tanh", name="conv")(images)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(8, activation="tanh", name="dense")(x)
    return keras.Model(images, x, name="smooth")


def gradient_descent(rate, global_clipnorm=None, **of_adam):
    """Stands in for Adam."""
    del of_adam
    return keras.optimizers.SGD(rate, global_clipnorm=global_clipnorm)


if __name__ == "__main__":
    with (
        mock.patch.dict(BACKBONES, smooth=smooth),
        # Users far from zero and steps as large as the gradient: a share that
        # is wrong on two devices shows.
        mock.patch.object(user_towers, "MAX_INITIAL_USER", 1.0),
        mock.patch.object(keras.optimizers, "Adam", gradient_descent),
    ):
        main()
