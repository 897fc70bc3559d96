"""Trains on one and on two devices: `python replicas.py DATA_DIR OUT CONFIGS`.

In a process of its own, because a CPU is split in two before TensorFlow starts.
Where TF_CONFIG names several workers it is one of these instead.
CONFIGS is JSON, configurations by name: those that start with `gan` are of a
GAN. OUT gets all that the runs trained; see `train` and `train_gan`.
"""

import json
import sys
from typing import ClassVar
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from trainer.data.interactions import load_interactions
from trainer.gan import train as gan_train
from trainer.gan import validation
from trainer.gan.config import GanConfig
from trainer.gan.gan_trainer import GanTrainer
from trainer.models.backbones import BACKBONES
from trainer.models.gan import projected_discriminator
from trainer.models.towers import user_towers
from trainer.recommender import train as recommender
from trainer.recommender.candidate_trainer import CandidateTrainer
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_best_model
from trainer.training import cluster
from trainer.training import distribution as trainer_devices
from trainer.training import optimizers
from trainer.training.run import Run


def main() -> None:
    data_dir, out, configs = sys.argv[1:]
    strategies = (
        {"workers": trainer_devices.build_strategy()}
        if cluster.count_workers() > 1
        else one_and_two_devices()
    )
    arrays = {}
    for name, values in json.loads(configs).items():
        config_type, trained = (
            (GanConfig, train_gan)
            if name.startswith("gan")
            else (RecommenderConfig, train)
        )
        for devices, strategy in strategies.items():
            run_dir = cluster.worker_run_dir(f"{out}-{name}-{devices}")
            run = Run.start(run_dir, data_dir, config_type(**values))
            with mock.patch.object(
                trainer_devices, "build_strategy", return_value=strategy
            ):
                for key, array in trained(run).items():
                    arrays[f"{name} {devices} {key}"] = array
    np.savez(out, **arrays)


def one_and_two_devices() -> dict[str, tf.distribute.Strategy]:
    """Splits the CPU in two."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    return {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }


def train(run: Run) -> dict:
    """Returns all weights by path, and banks by the number of their device."""
    Seen.trainings.clear()
    with mock.patch.object(recommender, "CandidateTrainer", Seen):
        recommender.train(run, verbose=0)
    model = load_best_model(run, load_interactions(run.data_dir))
    result = {weight.path: weight.numpy() for weight in model.weights}
    for training in Seen.trainings:
        for device, bank in enumerate(training.last_banks):
            result[f"bank {device}"] = bank
    return result


class Seen(CandidateTrainer):
    """Keeps the banks as the last step left them: evaluation fills them."""

    trainings: ClassVar[list] = []

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.trainings.append(self)

    def evaluate(self) -> dict:
        bank = self._bank.features
        self.last_banks = [
            value.numpy() for value in getattr(bank, "values", [bank])
        ]
        return super().evaluate()


def train_gan(run: Run) -> dict:
    """Returns all that training changed, by its owner and a number."""
    trainings = []

    def keep(*args) -> GanTrainer:
        trainings.append(GanTrainer(*args))
        return trainings[0]

    with mock.patch.object(gan_train, "GanTrainer", keep):
        gan_train.train_gan(run, verbose=0)
    (training,) = trainings
    judge = training.discriminator
    parts = {
        "generator": training.generator.weights,
        "heads": judge.trainable_weights,
        "directions": [
            variable
            for variable in judge.weights
            if variable.name == "direction"
        ],
        "average": training.average.variables,
    }
    return {
        f"{part} {index}": weight.numpy()
        for part, weights in parts.items()
        for index, weight in enumerate(weights)
    }


def smooth(image_size: int) -> keras.Model:
    """A network that magnifies no rounding."""
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Conv2D(4, 5, strides=4, activation="tanh", name="conv")(images)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(8, activation="tanh", name="dense")(x)
    return keras.Model(images, x, name="smooth")


def four_maps(side: int) -> keras.Model:
    """Stands in for the network that judges, and is made in no time."""
    images = keras.Input((side, side, 3))
    x, stride = images, 4
    for name in projected_discriminator.MAPS:
        x = layers.Conv2D(4, 4, stride, padding="same", name=name)(x)
        stride = 2
    return keras.Model(images, x)


def mean_colour(images: np.ndarray) -> np.ndarray:
    """Stands in for the features that KID looks at."""
    return images.mean(axis=(1, 2))


def gradient_descent(rate, **of_adam):
    """Stands in for Adam."""
    del of_adam
    return keras.optimizers.SGD(rate)


if __name__ == "__main__":
    with (
        mock.patch.dict(BACKBONES, smooth=smooth),
        # Users far from zero and steps as large as the gradient: a share that
        # is wrong on two devices shows.
        mock.patch.object(user_towers, "MAX_INITIAL_USER", 1.0),
        mock.patch.object(
            projected_discriminator, "efficientnet_lite0", four_maps
        ),
        mock.patch.object(validation, "extract_features", mean_colour),
        mock.patch.object(keras.optimizers, "Adam", gradient_descent),
        # Lazy Adam magnifies no gradient that is rounding alone.
        mock.patch.object(optimizers, "EPSILON", 1e-2),
    ):
        main()
