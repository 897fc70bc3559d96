"""Draws on two devices: `python replica_seeds.py DATA_DIR OUT`.

In a process of its own, as `replicas.py`. OUT gets the weights of a run and of
one that was broken off and resumed, and what random layers make of equal rows
on each device.
"""

import contextlib
import sys
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from replicas import one_and_two_devices

from atelier.schema import run_artifacts
from trainer.models.backbones import BACKBONES
from trainer.recommender import train as recommender
from trainer.recommender.config import RecommenderConfig
from trainer.training import distribution
from trainer.training.checkpoints import find_checkpoints
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions
from trainer.training.run import Run

CONFIG = {
    "backbone": "noisy",
    "embedding_dim": 4,
    "batch_size": 8,
    "epochs": 1,
    "checkpoint_every_steps": 2,
    "positives_per_image": 2,
    "user_tower": "both",
    "item_embeddings": True,
    "loss": "softmax",
    "negatives": "in_batch",
    "augmentation": 1.0,
    "feature_dropout": 0.5,
    "item_embedding_dropout": 0.5,
    "history_dropout": 0.5,
}


class BreakOff(keras.callbacks.Callback):
    """Ends a training after its third step, as Ctrl+C does."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if batch == 2:
            raise KeyboardInterrupt


def noisy(image_size: int) -> keras.Model:
    """A network with dropout of its own, as CNN-F has it."""
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Conv2D(4, 5, strides=4, activation="tanh")(images)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    return keras.Model(images, x, name="noisy")


def main() -> None:
    data_dir, out = sys.argv[1:]

    def start(name: str) -> Run:
        config = RecommenderConfig(**CONFIG)
        return Run.start(f"{out}-{name}", data_dir, config)

    strategy = one_and_two_devices()["two"]
    with (
        mock.patch.object(
            distribution, "build_strategy", return_value=strategy
        ),
        mock.patch.dict(BACKBONES, noisy=noisy),
    ):
        recommender.train(start("whole"), verbose=0)
        with contextlib.suppress(KeyboardInterrupt):
            recommender.train(start("broken"), 0, [BreakOff()])
        recommender.train(start("broken"), verbose=0)
        runs = {name: start(name) for name in ("whole", "broken")}
        arrays = {
            f"{name} {key}": value
            for name, run in runs.items()
            for key, value in last_checkpoint(run).items()
        }
        np.savez(out, **arrays, **draws(runs["whole"], strategy))


def last_checkpoint(run: Run) -> dict[str, np.ndarray]:
    """Returns the weights and the states of the random layers by key."""
    path = find_checkpoints(run.run_dir, run_artifacts.CHECKPOINTS[0])[0]
    checkpoint = tf.train.load_checkpoint(path)
    return {
        key: checkpoint.get_tensor(key)
        for key in checkpoint.get_variable_to_shape_map()
        if key.startswith(("model", "random"))
    }


def draws(run: Run, strategy: tf.distribute.Strategy) -> dict[str, np.ndarray]:
    """Returns what random layers make of equal rows, [devices, rows, ...]."""
    trainer = recommender.build_trainer(run, strategy)
    options = LoopOptions(1, trainer.steps_per_epoch, 1, "auc")
    TrainingLoop(trainer, options, run.run_dir, strategy).resume()
    model = trainer.model
    pixels = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    images, ones = tf.constant(pixels.repeat(4, 0)), tf.ones([4, 64])

    def draw() -> dict[str, tf.Tensor]:
        tower = model.item_tower
        return {
            "augmentation": tower.augmentation(images, training=True),
            "backbone": tower.backbone(tf.ones([4, 32, 32, 3]), training=True),
            "feature_dropout": model.feature_dropout(ones, training=True),
            "item_embedding": model.item_embedding.mask(training=True)[None],
        }

    drawn = strategy.run(tf.function(draw))
    return {
        name: np.stack(strategy.experimental_local_results(values))
        for name, values in drawn.items()
    }


if __name__ == "__main__":
    main()
