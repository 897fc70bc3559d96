"""Training of a backbone on attributes, as the loop takes it."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.attribute_pretraining.attribute_model import AttributeModel
from trainer.attribute_pretraining.attribute_model import attribute_loss
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.data.attributes import Attribute
from trainer.data.images import Photos
from trainer.models.embeddings import map_images
from trainer.training.distribution import require_row_per_replica
from trainer.training.gradient_clipping import clip
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.optimizers import build_optimizer
from trainer.training.optimizers import warmup_cosine_decay
from trainer.training.trainer_protocol import Logs

BEST_METRIC = "val_accuracy"

Batch = dict[str, tf.Tensor]


class AttributeTrainer:
    """One photo teaches all attributes of its item; their losses add up.

    Args:
        config: The configuration of the run.
        image_size: Side of the photos, in pixels.
        photos: The catalogue.
        attributes: What is learned of it.
        replicas: Number of devices.
    """

    def __init__(
        self,
        config: PretrainingConfig,
        image_size: int,
        photos: Photos,
        attributes: dict[str, Attribute],
        replicas: int,
    ) -> None:
        self._config, self._photos = config, photos
        self._values = np.stack(
            [one.values for one in attributes.values()], axis=1
        )
        self._train, self._held_out = _split(len(photos), config)
        self._batch_size = min(config.batch_size, len(self._train))
        require_row_per_replica(self._batch_size, replicas)
        self._share = 1 / (self._batch_size // replicas * replicas)
        self.model = AttributeModel(
            config,
            image_size,
            [len(one.names) for one in attributes.values()],
        )
        set_compute_dtype(config.precision, self.model.backbone)
        self._compile()
        self.metrics = {"loss": keras.metrics.Mean(name="loss")}
        self.checkpoint_items: dict[str, Any] = {
            "model": self.model,
            "optimizer": self.model.optimizer,
            "random": [
                variable.value
                for variable in self.model.non_trainable_variables
                if "seed_generator" in variable.path
            ],
        }
        self._predict = map_images(self._classes, photos, self._held_out)

    @property
    def steps_an_epoch(self) -> int:
        """Batches an epoch; what fills no batch waits for another epoch."""
        return len(self._train) // self._batch_size

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the endless data set of batches from a step on.

        A batch holds `photos` uint8 [batch, size, size, 3] and `values` int64
        [batch, attributes], -1 where an item lacks one.
        """
        values = tf.constant(self._values)
        steps, size = self.steps_an_epoch, self._batch_size

        def items(step: np.ndarray) -> np.ndarray:
            epoch, place = divmod(int(step), steps)
            rng = np.random.default_rng((self._config.seed, epoch))
            order: np.ndarray = rng.permutation(self._train)
            return order[place * size : (place + 1) * size]

        def batch(step: tf.Tensor) -> Batch:
            chosen = tf.numpy_function(items, [step], tf.int64)
            chosen = tf.ensure_shape(chosen, [size])
            return {
                "photos": self._photos.take(chosen),
                "values": tf.gather(values, chosen),
            }

        return (
            tf.data.Dataset.range(first_step, tf.int64.max)
            .map(batch, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(tf.data.AUTOTUNE)
        )

    def train_step(self, batch: Batch) -> None:
        """Takes one step on one device's part of a batch."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            scores = self.model(batch["photos"], training=True)
            losses = tf.add_n(
                [
                    attribute_loss(one, batch["values"][:, number])
                    for number, one in enumerate(scores)
                ]
            )
            loss = tf.reduce_sum(losses) * self._share
        gradients = tape.gradient(loss, [one.value for one in variables])
        clipped = clip(gradients, self._config.global_clipnorm)
        # Adds the gradients up over the devices.
        self.model.optimizer.apply_gradients(
            zip(clipped, variables, strict=True)
        )
        self.metrics["loss"].update_state(losses)

    def evaluate(self) -> Logs:
        """Returns the mean of the accuracies on the held-out photos."""
        return {BEST_METRIC: float(np.nanmean(self.accuracies()))}

    def accuracies(self) -> np.ndarray:
        """Returns the accuracy of each attribute, on photos held out.

        Returns:
            float [attributes]; nan for one that none of them has.
        """
        values = self._values[self._held_out]
        with float32_compute(self.model.backbone):
            return _means(self._predict() == values, values >= 0)

    def commonest(self) -> np.ndarray:
        """Returns the accuracy of naming the commonest class, as above."""
        train, held_out = (
            self._values[items] for items in (self._train, self._held_out)
        )
        guess = [np.bincount(one[one >= 0]).argmax() for one in train.T]
        return _means(held_out == guess, held_out >= 0)

    def _classes(self, photos: tf.Tensor) -> tf.Tensor:
        scores = self.model(photos, training=False)
        return tf.stack([tf.argmax(one, axis=1) for one in scores], axis=1)

    def _compile(self) -> None:
        config = self._config
        steps = config.epochs * self.steps_an_epoch
        warmup = round(config.warmup_epochs * self.steps_an_epoch)
        rates = (
            warmup_cosine_decay(rate, steps, warmup, 0.0)
            for rate in (config.learning_rate, config.backbone_learning_rate)
        )
        optimizer = build_optimizer(self.model, self.model.backbone, *rates)
        self.model.compile(optimizer=optimizer)  # So that callbacks find it.


def _split(
    number: int, config: PretrainingConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Returns which photos are trained on, and which are held out."""
    order = np.random.default_rng((config.seed, 4)).permutation(number)
    held_out = max(1, min(config.validation_photos, number // 10))
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _means(right: np.ndarray, counts: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        means: np.ndarray = (right & counts).sum(axis=0) / counts.sum(axis=0)
    return means
