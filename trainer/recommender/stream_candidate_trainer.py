"""Trainer on a stream of triples whose batch holds its own negatives.

Earlier batches hold more of them, with a cross-batch memory.
"""

from typing import Any

import tensorflow as tf

from trainer.data.catalog_sample import CatalogSample
from trainer.data.item_frequency import ItemFrequency
from trainer.data.item_frequency import buckets_for
from trainer.data.triple_stream import TripleStream
from trainer.models.losses.ranking_losses import LOSSES
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.cross_batch_memory import Candidates
from trainer.recommender.cross_batch_memory import CrossBatchMemory
from trainer.recommender.cross_batch_memory import batch_candidates
from trainer.recommender.stream_trainer import StreamTrainer
from trainer.recommender.stream_trainer import is_accidental_hit
from trainer.training.distribution import gather_replicas

FREQUENCY = "frequency"
"""Checkpoint key of the item frequencies."""
MEMORY = "cross_batch_memory"
"""Checkpoint key of the cross-batch memory."""


class StreamCandidateTrainer(StreamTrainer):
    """Compares each (user, item) pair with the other items of its batch.

    The negatives are the images of the other pairs, and with a cross-batch
    memory the item embeddings of earlier batches. Their sampling probabilities
    are estimated in hashed arrays.

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
        self._memory: CrossBatchMemory | None = None
        if config.cross_batch_memory:
            self._memory = CrossBatchMemory(
                config.cross_batch_memory,
                stream.batch_size,
                config.embedding_dim,
            )
            self.checkpoint_items[MEMORY] = self._memory.state

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
        candidates = batch_candidates(takers, items, gather_replicas(phi))
        if self._memory:
            candidates = self._memory.push(candidates, self._step)
        scores = tf.matmul(users, candidates.phi, transpose_b=True)
        labels = candidate_labels(batch["user"], batch["item"], candidates)
        if self._config.loss == "softmax":
            scores -= self._log_probability(items, candidates.items)
        losses = self._candidate_loss(labels, scores)
        return self.weighted(losses, batch["weight"], weights), users

    @property
    def _step(self) -> tf.Tensor:
        """Number of the step, from 1, int64, a scalar."""
        return self.model.optimizer.iterations.value + 1

    def _log_probability(
        self, items: tf.Tensor, candidates: tf.Tensor
    ) -> tf.Tensor:
        """Returns ln p of candidates, p the probability that a batch holds one.

        It is subtracted from the scores, the log-Q correction of the softmax:
        p grows with the popularity of an item. Of several batches, a constant
        factor of all p cancels in the softmax. WARP looks at the best negative
        of the batch and has no correction.

        Args:
            items: Fingerprints of the items of the batch, int64 [batch].
            candidates: Fingerprints of the candidates, int64 [n].

        Returns:
            Log probabilities, float32 [n]; of places of the memory that are
            not filled yet, which are no negatives, infinite.
        """
        self._frequency.update(items, self._step)
        return self._frequency.log_probability(candidates)


def candidate_labels(
    users: tf.Tensor, items: tf.Tensor, candidates: Candidates
) -> tf.Tensor:
    """Labels the candidates for the pairs of a replica.

    Accidental hits are left out: the item of the pair in other places, and
    other items that the batch, or the memory, shows its user to have. Of an
    item with several places in a batch the first counts, as a batch draws it
    once.

    Args:
        users: Users of the pairs, int64 [pairs].
        items: Items of the pairs, int64 [pairs].
        candidates: Items of the batch that holds the pairs, then others.

    Returns:
        `y_true` of `ranking_losses`: 1 for the item of the pair,
        0 for negatives, -1 for those left out, float32 [pairs, n].
    """
    is_hit = is_accidental_hit(
        users, candidates.users, candidates.items, candidates.items
    )
    labels = tf.where(is_hit | candidates.is_repeat, -1.0, 0.0)
    own = tf.argmax(items[:, None] == candidates.items, axis=1)
    is_own = own[:, None] == tf.range(tf.size(candidates.items, tf.int64))
    return tf.where(is_own, 1.0, labels)
