"""Trainer on a stream of triples, whose batch holds its own negatives."""

import dataclasses
from typing import Any

import tensorflow as tf

from trainer.data.catalog_sample import CatalogSample
from trainer.data.item_frequency import ItemFrequency
from trainer.data.item_frequency import buckets_for
from trainer.data.triple_stream import TripleStream
from trainer.models.embeddings import Embeddings
from trainer.models.losses.bpr import bpr_loss
from trainer.models.losses.candidates import LOSSES
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.distribution import gather_replicas
from trainer.training.distribution import require_row_per_replica

FREQUENCY = "frequency"
"""Checkpoint key of the item frequencies."""


class StreamTrainer(RecommenderTrainer):
    """Compares each (user, item) pair with the other items of its batch.

    Nothing here grows with the catalog: a positive brings its image, the
    negatives are the images of the other pairs, their sampling probabilities
    are estimated in hashed arrays, and a sample of the catalog is validated.

    Args:
        model: The two-tower model, with an id tower.
        config: Configuration of the run, with `input` "stream".
        stream: Batches of triples.
        sample: Sample of the catalog, for validation.
        num_items: Number of items of the catalog.
        replicas: Number of replicas (devices).

    Example:
        >>> config = RecommenderConfig(input="stream", loss="softmax")
        >>> sample = load_catalog_sample("data", user_ids)
        >>> model = build_model(config, 64, len(user_ids), np.empty(0))
        >>> stream = TripleStream("data", user_ids, 64, 64, 500, seed=0)
        >>> trainer = StreamTrainer(model, config, stream, sample, 10**6, 1)
        >>> trainer.train_step(next(iter(trainer.batches_from(0))))
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        stream: TripleStream,
        sample: CatalogSample,
        num_items: int,
        replicas: int,
    ) -> None:
        require_row_per_replica(stream.batch_size, replicas)
        super().__init__(
            model,
            config,
            sample.interactions,
            sample.photos,
            replicas,
            steps_per_epoch=stream.steps_per_epoch,
            pairs_per_step=stream.batch_size,
        )
        self._stream = stream
        self._rows = sample.rows
        self._candidate_loss = LOSSES[config.loss](reduction=None)
        self._frequency = ItemFrequency(buckets_for(num_items))
        self.checkpoint_items[FREQUENCY] = self._frequency.state

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite dataset of triples, starting at a step."""
        return self._stream.from_step(first_step)

    def losses(self, batch: dict[str, tf.Tensor]) -> tuple[Any, Any]:
        """Returns the loss and the user embedding of each pair.

        The pairs are those of this replica, the candidates those of all.

        Args:
            batch: This replica's part of a batch of `TripleStream.from_step`.

        Returns:
            Losses, float [pairs], and user embeddings, float [pairs, K].
        """
        users = self.model.user_tower(batch["user"])
        phi = self.model.item_tower(batch["photos"], training=True)
        takers, items, weights = (
            gather_replicas(batch[name]) for name in ("user", "item", "weight")
        )
        scores = tf.matmul(users, gather_replicas(phi), transpose_b=True)
        labels = in_batch_labels(batch["user"], batch["item"], takers, items)
        step = self.model.optimizer.iterations.value + 1
        self._frequency.update(items, step)
        losses = self._compare(
            labels, scores, self._frequency.log_probability(items)
        )
        if power := self._config.weight_power:
            losses *= _relative(batch["weight"], weights, power)
        return losses, users

    def _compare(
        self, labels: tf.Tensor, scores: tf.Tensor, log_probability: tf.Tensor
    ) -> Any:
        """Returns the loss of each pair, corrected for popular negatives.

        A batch holds an item with a probability p that grows with its
        popularity. The softmax subtracts ln p, the log-Q correction. BPR weighs
        the negatives by 1 / p, as if they were uniform like the paper's
        (self-normalized importance sampling). WARP looks at the best negative
        of the batch and has no correction.

        Args:
            labels: Labels by `in_batch_labels`, float [pairs, batch].
            scores: Scores of the items of the batch, float [pairs, batch].
            log_probability: ln p of these items, float [batch].

        Returns:
            Losses, float [pairs].
        """
        if self._config.loss == "softmax":
            scores -= log_probability
        if self._config.loss != "bpr":
            return self._candidate_loss(labels, scores)
        weights = tf.where(labels == 0, tf.exp(-log_probability), 0.0)
        own = tf.boolean_mask(scores, labels == 1)[:, None]
        losses = tf.reduce_sum(weights * bpr_loss(own, scores), axis=1)
        return tf.math.divide_no_nan(losses, tf.reduce_sum(weights, axis=1))

    def embed(self) -> Embeddings:
        """Returns the embeddings of the users and items of the sample."""
        vectors = super().embed()
        return dataclasses.replace(vectors, users=vectors.users[self._rows])


def in_batch_labels(
    users: tf.Tensor,
    items: tf.Tensor,
    all_users: tf.Tensor,
    all_items: tf.Tensor,
) -> tf.Tensor:
    """Labels the items of a batch for the pairs of a replica.

    Accidental hits are left out: the item of the pair in other places of the
    batch, and other items that the batch shows its user to have. Of an item
    with several places the first counts, as a batch draws it once.

    Args:
        users: Users of the pairs, int64 [pairs].
        items: Items of the pairs, int64 [pairs].
        all_users: Users of the pairs of all replicas, int64 [batch].
        all_items: Items of the pairs of all replicas, int64 [batch].

    Returns:
        `y_true` of `trainer.models.losses.candidates`: 1 for the pair's item,
        0 for negatives, -1 for those left out, float32 [pairs, batch].
    """
    is_own = items[:, None] == all_items
    is_same = all_items[:, None] == all_items
    place = tf.range(tf.size(all_items))
    is_first = tf.argmax(is_same, axis=1, output_type=place.dtype) == place
    # [pairs, batch] counts the places of the user's pairs that hold the item.
    hits = tf.matmul(
        tf.cast(users[:, None] == all_users, tf.float32),
        tf.cast(is_same, tf.float32),
    )
    negative = tf.where(is_first & (hits == 0), 0.0, -1.0)
    return tf.where(is_own & is_first, 1.0, negative)


def _relative(
    weights: tf.Tensor, all_weights: tf.Tensor, power: float
) -> tf.Tensor:
    """Returns weights of mean 1 over the batch, 1 where unknown, [pairs].

    The mean over all interactions, which `Interactions.weighed` divides by, is
    not known to a stream.

    Args:
        weights: Weights of the pairs of a replica, float [pairs].
        all_weights: Weights of the pairs of all replicas, float [batch].
        power: Power of the weights.
    """
    known = tf.boolean_mask(all_weights, ~tf.math.is_nan(all_weights))
    raised = weights**power / tf.reduce_mean(known**power)
    return tf.where(tf.math.is_nan(weights), 1.0, raised)
