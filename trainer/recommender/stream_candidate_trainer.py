"""Trainer on a stream of triples whose batch holds its own negatives."""

from typing import Any

import tensorflow as tf

from trainer.data.catalog_sample import CatalogSample
from trainer.data.item_frequency import ItemFrequency
from trainer.data.item_frequency import buckets_for
from trainer.data.triple_stream import TripleStream
from trainer.models.losses.ranking_losses import LOSSES
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.stream_trainer import StreamTrainer
from trainer.recommender.stream_trainer import is_accidental_hit
from trainer.training.distribution import gather_replicas

FREQUENCY = "frequency"
"""Checkpoint key of the item frequencies."""


class StreamCandidateTrainer(StreamTrainer):
    """Compares each (user, item) pair with the other items of its batch.

    The negatives are the images of the other pairs, and their sampling
    probabilities are estimated in hashed arrays.

    Args:
        model: The two-tower model, with an id tower.
        config: Configuration of the run, with `input` "stream" and `loss`
            "softmax" or "warp".
        stream: Batches of triples.
        sample: Sample of the catalog, for validation.
        num_items: Number of items of the catalog.
        replicas: Number of replicas (devices).

    Example:
        >>> config = RecommenderConfig(input="stream", loss="softmax")
        >>> sample = load_catalog_sample("data", user_ids)
        >>> model = build_model(config, 64, len(user_ids), np.empty(0))
        >>> stream = TripleStream("data", user_ids, 64, 64, 500, seed=0)
        >>> trainer = StreamCandidateTrainer(
        ...     model, config, stream, sample, 10**6, 1
        ... )
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
        super().__init__(model, config, stream, sample, replicas)
        self._candidate_loss = LOSSES[config.loss](reduction=None)
        self._frequency = ItemFrequency(buckets_for(num_items))
        self.checkpoint_items[FREQUENCY] = self._frequency.state

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
        if self._config.loss == "softmax":
            scores -= self._log_probability(items)
        losses = self._candidate_loss(labels, scores)
        return self.weighted(losses, batch["weight"], weights), users

    def _log_probability(self, items: tf.Tensor) -> tf.Tensor:
        """Returns ln p of items, p the probability that a batch holds one.

        It is subtracted from the scores, the log-Q correction of the softmax:
        p grows with the popularity of an item. WARP looks at the best negative
        of the batch and has no correction.

        Args:
            items: Fingerprints of the items of the batch, int64 [batch].
        """
        step = self.model.optimizer.iterations.value + 1
        self._frequency.update(items, step)
        return self._frequency.log_probability(items)


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
        `y_true` of `ranking_losses`: 1 for the item of the pair,
        0 for negatives, -1 for those left out, float32 [pairs, batch].
    """
    is_own = items[:, None] == all_items
    is_same = all_items[:, None] == all_items
    place = tf.range(tf.size(all_items))
    is_first = tf.argmax(is_same, axis=1, output_type=place.dtype) == place
    is_hit = is_accidental_hit(users, all_users, all_items, all_items)
    negative = tf.where(is_first & ~is_hit, 0.0, -1.0)
    return tf.where(is_own & is_first, 1.0, negative)
