"""Base trainer of the two-tower recommender."""

import abc
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.models.backbones.freeze_stages import freeze
from trainer.models.backbones.freeze_stages import stages
from trainer.models.embeddings import Embeddings
from trainer.models.embeddings import add_users
from trainer.models.embeddings import compute_item_embeddings
from trainer.models.embeddings import map_images
from trainer.models.losses import bpr
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pretrained_features import ImageFeatures
from trainer.recommender.preview_users import PreviewUsers
from trainer.recommender.validation import scorer_of
from trainer.recommender.validation import validate
from trainer.training.checkpoints import items_of
from trainer.training.gradient_clipping import clip
from trainer.training.learning_rate_schedules import DelayedSchedule
from trainer.training.learning_rate_schedules import warmup_cosine_decay
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.optimizers import build_optimizer
from trainer.training.running_mean import RunningMean
from trainer.training.trainer_protocol import Logs


class RecommenderTrainer(abc.ABC):
    """Training step, loss and validation of the two towers.

    Subclasses define the batches and the loss of each pair.

    Args:
        model: The two-tower model.
        config: Configuration of the run.
        interactions: Training and held-out interactions.
        photos: Catalog images, by item index.
        replicas: Number of replicas (devices).
        steps_per_epoch: Steps per epoch, one pass over about all interactions.
        pairs_per_step: Mean number of pairs in a batch, over all replicas.
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        interactions: Interactions,
        photos: Photos,
        replicas: int,
        *,
        steps_per_epoch: int,
        pairs_per_step: float,
    ) -> None:
        self.model = model
        self.steps_per_epoch = steps_per_epoch
        self.preview_users = PreviewUsers(interactions)
        self.photos = photos
        self._config = config
        self._interactions = interactions
        self._replicas = replicas
        self._pairs_per_step = pairs_per_step
        set_compute_dtype(config.precision, model.item_tower.backbone)
        _compile(model, config, steps_per_epoch)
        self._decayed = bpr.decayed_weights(model.item_tower)
        self._features_of_all = map_images(model.item_tower.features, photos)
        self.metrics: dict[str, keras.metrics.Metric] = {
            name: RunningMean(name=name) for name in ("loss", config.loss)
        }
        self.checkpoint_items = items_of(model)

    def start(self) -> ImageFeatures | None:
        """Fits EASE in closed form; called for a new run, not on resume.

        Returns:
            Features of the initial backbone; None if they were not computed.
        """
        train, weights = self._interactions.train, self._interactions.weights
        if self.model.ease and self._config.ease_weight:
            self.model.ease.fit(
                train.values.numpy(),
                train.row_splits.numpy(),
                None if weights is None else weights.values.numpy(),
            )
        return None

    @abc.abstractmethod
    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite dataset of batches, starting at a step."""

    @abc.abstractmethod
    def losses(self, batch: Any) -> tuple[Any, Any]:
        """Returns the loss and the user embedding of each pair.

        Args:
            batch: One replica's part of a batch.

        Returns:
            Losses, float [pairs], and user embeddings, float [pairs, K].
        """

    def train_step(self, batch: Any) -> None:
        """Runs one training step on one replica's part of a batch."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            losses, users = self.losses(batch)
            loss = self.loss(losses, users)
        gradients = tape.gradient(
            loss,
            [variable.value for variable in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        if not self._config.updates_rows:
            # Dense gradients sum the slices of a row that is looked up twice;
            # with sparse ones, Adam would square each slice separately.
            gradients = [tf.convert_to_tensor(value) for value in gradients]
        clipped = clip(gradients, self._config.global_clipnorm)
        # Sums the gradients over the replicas.
        self.model.optimizer.apply_gradients(
            zip(clipped, variables, strict=True)
        )
        self.metrics["loss"].update_state(loss * self._replicas)
        self.metrics[self._config.loss].update_state(losses)

    def loss(self, losses: Any, users: Any) -> Any:
        """Returns this replica's part of the loss of the whole batch, a scalar.

        The parts of all replicas sum to the mean over the pairs of the batch
        of loss + user_l2/2 |theta_u|^2, plus cnn_l2/2 |W|^2 once per batch,
        divided by the mean number of pairs.

        Args:
            losses: Losses of this replica's pairs, float [pairs].
            users: User embeddings of these pairs, float [pairs, K].
        """
        config = self._config
        a_pair = losses + config.user_l2 * bpr.half_square_norms(users)
        a_batch = config.cnn_l2 * bpr.weight_penalty(self._decayed)
        return (
            tf.reduce_sum(a_pair) + a_batch / self._replicas
        ) / self._pairs_per_step

    def features(self) -> np.ndarray:
        """Returns the features of all images, float32 [items, F]."""
        with float32_compute(self.model.item_tower.backbone):
            return self._features_of_all()

    def embed(self) -> Embeddings:
        """Returns the embeddings of all users and items."""
        items = compute_item_embeddings(self.model, self.features())
        return add_users(self.model, items, self._interactions)

    def evaluate(self) -> Logs:
        """Returns the validation metrics.

        Also updates the recommendations of the preview users.
        """
        score = scorer_of(self.embed(), self._interactions)
        self.preview_users.recommend(score)
        return validate(score, self._interactions)


def _compile(
    model: TwoTower, config: RecommenderConfig, steps_per_epoch: int
) -> None:
    """Freezes the first stages of the backbone and sets the optimizer."""
    backbone = model.item_tower.backbone
    num_stages = config.frozen_stages
    freeze(backbone, len(stages(backbone)) if num_stages < 0 else num_stages)
    steps = config.epochs * steps_per_epoch
    frozen = config.frozen_epochs * steps_per_epoch
    warmup = round(config.warmup_epochs * steps_per_epoch)
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
        config.updates_rows,
    )
    model.compile(optimizer=optimizer)  # Callbacks read `model.optimizer`.
