"""Training of the recommender, whatever its batches are."""

import abc
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.models.backbones.stages import freeze
from trainer.models.backbones.stages import stages
from trainer.models.embeddings import compute_embeddings
from trainer.models.embeddings import map_images
from trainer.models.losses import bpr
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.preview_users import PreviewUsers
from trainer.recommender.validation import scorer_of
from trainer.recommender.validation import validate
from trainer.training.gradient_clipping import clip
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.optimizers import DelayedSchedule
from trainer.training.optimizers import build_optimizer
from trainer.training.optimizers import warmup_cosine_decay
from trainer.training.trainer_protocol import Logs


class RecommenderTrainer(abc.ABC):
    """The two towers as the loop trains them.

    Args:
        model: The towers.
        config: The configuration of the run.
        interactions: Who took what.
        photos: The catalogue.
        replicas: Number of devices.
        steps_an_epoch: Batches that hold about all interactions.
        pairs_a_step: Pairs of a whole batch, in the mean.
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        interactions: Interactions,
        photos: Photos,
        replicas: int,
        *,
        steps_an_epoch: int,
        pairs_a_step: float,
    ) -> None:
        self.model = model
        self.steps_an_epoch = steps_an_epoch
        self.few_people = PreviewUsers(interactions)
        self._config = config
        self._interactions = interactions
        self._replicas = replicas
        self._pairs_a_step = pairs_a_step
        set_compute_dtype(config.precision, model.item_tower.backbone)
        _compile(model, config, steps_an_epoch)
        self._decayed = bpr.decayed_weights(model.item_tower)
        self._features_of_all = map_images(model.item_tower.features, photos)
        self.metrics: dict[str, keras.metrics.Metric] = {
            name: keras.metrics.Mean(name=name)
            for name in ("loss", config.loss)
        }
        self.checkpoint_items: dict[str, Any] = {
            "model": model,
            "optimizer": model.optimizer,
            # Dropout's, which Keras does not count to the model.
            "random": [
                variable.value
                for variable in model.non_trainable_variables
                if "seed_generator" in variable.path
            ],
        }

    def start(self) -> None:
        """Fits what is not trained; for a run that starts, and not goes on."""
        train = self._interactions.train
        if self.model.ease:
            self.model.ease.fit(train.values.numpy(), train.row_splits.numpy())

    @abc.abstractmethod
    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the endless data set of batches from a step on."""

    @abc.abstractmethod
    def losses(self, batch: Any) -> tuple[Any, Any]:
        """Returns the loss of each pair, and the vector of its person.

        Args:
            batch: One device's part of a batch.

        Returns:
            float [pairs] and float [pairs, K].
        """

    def train_step(self, batch: Any) -> None:
        """Takes one step on one device's part of a batch."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            losses, users = self.losses(batch)
            loss = self.loss(losses, users)
        gradients = tape.gradient(
            loss,
            [one.value for one in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        # Dense, so that a row that is looked up twice has one gradient: Adam
        # would take the square of each slice by itself.
        dense = [tf.convert_to_tensor(one) for one in gradients]
        clipped = clip(dense, self._config.global_clipnorm)
        # Adds the gradients up over the devices.
        self.model.optimizer.apply_gradients(
            zip(clipped, variables, strict=True)
        )
        self.metrics["loss"].update_state(loss * self._replicas)
        self.metrics[self._config.loss].update_state(losses)

    def loss(self, losses: Any, users: Any) -> Any:
        """Returns this device's part of the loss of the whole batch.

        Args:
            losses: Of its pairs, float [pairs].
            users: Vectors of their people, float [pairs, K].
        """
        config = self._config
        a_pair = losses + config.user_l2 * bpr.half_square_norms(users)
        a_batch = config.cnn_l2 * bpr.weight_penalty(self._decayed)
        return (
            tf.reduce_sum(a_pair) + a_batch / self._replicas
        ) / self._pairs_a_step

    def features(self) -> np.ndarray:
        """Returns the features of all photos, float32 [items, F]."""
        with float32_compute(self.model.item_tower.backbone):
            return self._features_of_all()

    def evaluate(self) -> Logs:
        """Returns the metrics of the validation items.

        Some people are given new recommendations, too.
        """
        interactions = self._interactions
        vectors = compute_embeddings(
            self.model, self.features(), interactions.train
        )
        score = scorer_of(vectors, interactions)
        self.few_people.recommend(score)
        return validate(score, interactions)


def _compile(
    model: TwoTower, config: RecommenderConfig, steps_an_epoch: int
) -> None:
    """Freezes what is never trained, and gives the model its optimiser."""
    backbone = model.item_tower.backbone
    number = config.frozen_stages
    freeze(backbone, len(stages(backbone)) if number < 0 else number)
    steps = config.epochs * steps_an_epoch
    frozen = config.frozen_epochs * steps_an_epoch
    warmup = round(config.warmup_epochs * steps_an_epoch)
    shape = (warmup, config.final_lr_fraction)
    optimizer = build_optimizer(
        model,
        backbone,
        warmup_cosine_decay(config.learning_rate, steps, *shape),
        DelayedSchedule(
            warmup_cosine_decay(
                config.backbone_learning_rate or config.learning_rate,
                steps - frozen,
                *shape,
            ),
            frozen,
        ),
    )
    model.compile(optimizer=optimizer)  # So that callbacks find it.
