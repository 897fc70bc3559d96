"""Trainer of a backbone on item attributes."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.attribute_pretraining.attribute_model import AttributeModel
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.data.attributes import Attribute
from trainer.data.images import Photos
from trainer.models.embeddings import map_images
from trainer.training.checkpoints import items_of
from trainer.training.distribution import require_row_per_replica
from trainer.training.gradient_clipping import clip
from trainer.training.learning_rate_schedules import warmup_cosine_decay
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.optimizers import build_optimizer
from trainer.training.trainer_protocol import Logs

BEST_METRIC = "val_accuracy"

Batch = dict[str, tf.Tensor]


class AttributeTrainer:
    """Trains all attributes jointly; the loss is the sum of their losses.

    Args:
        config: Configuration of the run.
        image_size: Side of the images, in pixels.
        photos: Catalog images, by item index.
        attributes: Attributes to predict, by name.
        replicas: Number of replicas (devices).

    Example:
        >>> attributes = load_attributes("data")
        >>> config = PretrainingConfig(backbone="small")
        >>> trainer = AttributeTrainer(config, 64, photos, attributes, 1)
        >>> trainer.train_step(next(iter(trainer.batches_from(0))))
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
            [attribute.values for attribute in attributes.values()], axis=1
        )
        self._train, self._held_out = _split(len(photos), config)
        self._batch_size = min(config.batch_size, len(self._train))
        require_row_per_replica(self._batch_size, replicas)
        self._share = 1 / (self._batch_size // replicas * replicas)
        self.model = AttributeModel(
            image_size,
            [len(attribute.names) for attribute in attributes.values()],
            backbone=config.backbone,
            augmentation=config.augmentation,
            dropout=config.dropout,
        )
        set_compute_dtype(config.precision, self.model.backbone)
        self._compile()
        self.metrics = {"loss": keras.metrics.Mean(name="loss")}
        self.checkpoint_items = items_of(self.model)
        self._predict = map_images(self._classes, photos, self._held_out)

    @property
    def steps_per_epoch(self) -> int:
        """Batches per epoch; the images of an incomplete batch are skipped."""
        return len(self._train) // self._batch_size

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite dataset of batches, starting at a step.

        A batch holds `photos`, uint8 [batch, size, size, 3], and `values`,
        int64 [batch, attributes], -1 for a missing attribute.
        """
        values = tf.constant(self._values)
        steps, size = self.steps_per_epoch, self._batch_size

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
        """Runs one training step on one replica's part of a batch."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            scores = self.model(batch["photos"], training=True)
            losses = attribute_losses(scores, batch["values"])
            loss = tf.reduce_sum(losses) * self._share
        gradients = tape.gradient(
            loss, [variable.value for variable in variables]
        )
        clipped = clip(gradients, self._config.global_clipnorm)
        # Sums the gradients over the replicas.
        self.model.optimizer.apply_gradients(
            zip(clipped, variables, strict=True)
        )
        self.metrics["loss"].update_state(losses)

    def evaluate(self) -> Logs:
        """Returns the mean accuracy over attributes on the held-out images."""
        return {BEST_METRIC: float(np.nanmean(self.accuracies()))}

    def accuracies(self) -> np.ndarray:
        """Returns the accuracy of each attribute on the held-out images.

        Returns:
            Accuracies, float [attributes]; NaN if no held-out image has the
            attribute.
        """
        values = self._values[self._held_out]
        with float32_compute(self.model.backbone):
            return _means(self._predict() == values, values >= 0)

    def commonest(self) -> np.ndarray:
        """Returns the accuracy of the majority class, float [attributes].

        The majority class is that of the training images; NaN if no held-out
        image has the attribute.
        """
        train, held_out = (
            self._values[items] for items in (self._train, self._held_out)
        )
        guess = [
            np.bincount(column[column >= 0]).argmax() for column in train.T
        ]
        return _means(held_out == guess, held_out >= 0)

    def _classes(self, photos: tf.Tensor) -> tf.Tensor:
        scores = self.model(photos, training=False)
        return tf.stack(
            [tf.argmax(logits, axis=1) for logits in scores], axis=1
        )

    def _compile(self) -> None:
        config = self._config
        steps = config.epochs * self.steps_per_epoch
        warmup = round(config.warmup_epochs * self.steps_per_epoch)
        rates = (
            warmup_cosine_decay(rate, steps, warmup, 0.0)
            for rate in (config.learning_rate, config.backbone_learning_rate)
        )
        optimizer = build_optimizer(self.model, self.model.backbone, *rates)
        # Callbacks read `model.optimizer`.
        self.model.compile(optimizer=optimizer)


def attribute_losses(scores: list[Any], values: Any) -> Any:
    """Returns the cross-entropy summed over the attributes, float [batch].

    Args:
        scores: Class logits of each attribute, float [batch, classes].
        values: Class labels, -1 where missing, int [batch, attributes].
    """
    return tf.add_n(
        [
            keras.losses.sparse_categorical_crossentropy(
                values[:, index], logits, from_logits=True, ignore_class=-1
            )
            for index, logits in enumerate(scores)
        ]
    )


def _split(
    num_items: int, config: PretrainingConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the indices of the training and the held-out images."""
    order = np.random.default_rng((config.seed, 4)).permutation(num_items)
    held_out = max(1, min(config.validation_photos, num_items // 10))
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _means(correct: np.ndarray, counts: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        means: np.ndarray = (correct & counts).sum(axis=0) / counts.sum(axis=0)
    return means
