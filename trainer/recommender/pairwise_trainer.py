"""Pairwise (BPR) trainer of the paper, on triples (user, item, negative)."""

from typing import Any

import tensorflow as tf

from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.data.triple_sampler import Triples
from trainer.data.triple_sampler import TripleSampler
from trainer.models.embeddings import Embeddings
from trainer.models.losses import bpr
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.distribution import require_row_per_replica

PHI = "phi"
"""Checkpoint key of Phi of all items, by the weights of the checkpoint."""


class PairwiseTrainer(RecommenderTrainer):
    """Compares each (user, item) pair with one sampled negative.

    Args:
        model: The two-tower model, with an id tower.
        config: Configuration of the run, with `positives_per_image` 0.
        interactions: Training and held-out interactions.
        photos: Catalog images, by item index.
        replicas: Number of replicas (devices).

    Example:
        >>> config = RecommenderConfig()
        >>> counts = interactions.train_counts()
        >>> model = build_model(config, 64, num_users, counts)
        >>> trainer = PairwiseTrainer(model, config, interactions, photos, 1)
        >>> trainer.train_step(next(iter(trainer.batches_from(0))))
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        interactions: Interactions,
        photos: Photos,
        replicas: int,
    ) -> None:
        require_row_per_replica(config.batch_size, replicas)
        triples = int(tf.size(interactions.train.values))
        super().__init__(
            model,
            config,
            interactions,
            photos,
            replicas,
            steps_per_epoch=max(1, triples // config.batch_size),
            pairs_per_step=config.batch_size,
        )
        self._phi = tf.Variable(
            tf.zeros([len(photos), config.embedding_dim]),
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        self.checkpoint_items[PHI] = self._phi
        self._sampler = TripleSampler(
            interactions.train,
            len(photos),
            config.batch_size,
            config.seed,
            interactions.negatives,
        )

    def embed(self) -> Embeddings:
        """Returns the embeddings of all users and items.

        Also stores Phi in the checkpoint, so that loading it needs no pass
        over the images.
        """
        vectors = super().embed()
        self._phi.assign(vectors.photos)
        return vectors

    def losses(self, batch: dict[str, tf.Tensor]) -> tuple[Any, Any]:
        """Returns the loss and the user embedding of each triple.

        Args:
            batch: Triples, the input of `TwoTower.call`; `weight`, float32
                [batch], if interactions have weights or rejections.

        Returns:
            Losses, float [batch], and user embeddings, float [batch, K].
        """
        positive, negative, users = self.model.score_triples(
            batch, training=True
        )
        losses = bpr.bpr_loss(positive, negative)
        return losses * batch["weight"] if "weight" in batch else losses, users

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite dataset of triples, starting at a step."""

        def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
            triples = self._sampler.draw(step)
            return {
                "user": triples.users,
                "positive": self.photos.take(triples.positives),
                "negative": self.photos.take(triples.negatives),
                **self._weights(triples),
            }

        return (
            tf.data.Dataset.range(first_step, tf.int64.max)
            .map(batch, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(tf.data.AUTOTUNE)
        )

    def _weights(self, triples: Triples) -> dict[str, tf.Tensor]:
        """Returns the weights of triples: of the rejection, if it is one."""
        weights = self._interactions.weights
        rejected = self._interactions.negative_weights
        if weights is None and rejected is None:
            return {}
        weight = tf.ones_like(triples.users, tf.float32)
        if weights is not None:
            weight = tf.gather(weights.values, triples.interactions)
        if rejected is not None:
            places = triples.rejections
            weight = tf.where(
                places >= 0,
                tf.gather(rejected.values, tf.maximum(places, 0)),
                weight,
            )
        return {"weight": weight}
