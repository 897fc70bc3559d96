"""Cross-batch memory: item embeddings of earlier batches as negatives.

Source: Wang et al. 2020, "Cross-Batch Memory for Embedding Learning", and for
two towers with the log-Q correction Wang, Zhu and He 2021, "Cross-Batch
Negative Sampling for Training Two-Tower Recommenders". The embeddings of a
network change slowly, so those of the last batches stand in for fresh ones,
without a gradient to the item tower and without a pass over their images.
"""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Items that the pairs of a batch are compared with, and their pairs.

    Attributes:
        users: User of the pair of each candidate, int64 [n].
        items: Fingerprints of the items, int64 [n].
        phi: Item embeddings, float32 [n, K].
        is_repeat: Whether the item has an earlier place in the batch of the
            candidate, bool [n]. Such a place is no negative, because a batch
            draws an item once.
    """

    users: tf.Tensor
    items: tf.Tensor
    phi: tf.Tensor
    is_repeat: tf.Tensor


def batch_candidates(
    users: tf.Tensor, items: tf.Tensor, phi: tf.Tensor
) -> Candidates:
    """Returns the items of a batch as candidates.

    Args:
        users: Users of the pairs of all replicas, int64 [batch].
        items: Fingerprints of their items, int64 [batch].
        phi: Embeddings of these items, float32 [batch, K].
    """
    place = tf.range(tf.size(items))
    is_same = items[:, None] == items
    first = tf.argmax(is_same, axis=1, output_type=place.dtype)
    return Candidates(users, items, phi, is_repeat=first != place)


class CrossBatchMemory:
    """Ring buffer of the candidates of the last batches.

    All replicas store the whole batch, which they have gathered for its own
    negatives, so that they compare their pairs with the same candidates and
    train the model that one device does.

    Example:
        memory = CrossBatchMemory(8, batch_size=64, embedding_dim=50)
        candidates = memory.push(batch_candidates(users, items, phi), step)

    Args:
        num_batches: Number of batches.
        batch_size: Pairs of a batch of all replicas together.
        embedding_dim: Embedding size K.

    Attributes:
        state: Variables to save in checkpoints, by name.
    """

    def __init__(
        self, num_batches: int, batch_size: int, embedding_dim: int
    ) -> None:
        self._num_batches = num_batches
        self._batch_size = batch_size
        rows = num_batches * batch_size
        initial = {
            "users": tf.fill([rows], tf.constant(-1, tf.int64)),
            "items": tf.zeros([rows], tf.int64),
            "phi": tf.zeros([rows, embedding_dim]),
            # Places of batches that are not there yet are no negatives.
            "is_repeat": tf.ones([rows], tf.bool),
        }
        self.state = {
            name: tf.Variable(
                value,
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
            for name, value in initial.items()
        }

    def push(self, batch: Candidates, step: tf.Tensor) -> Candidates:
        """Stores the candidates of a batch in place of the oldest ones.

        Args:
            batch: Candidates of the batch.
            step: Number of the step, int64, a scalar.

        Returns:
            The candidates of the batch, followed by those stored before.
        """
        values = {name: getattr(batch, name) for name in self.state}
        candidates = Candidates(
            **{
                name: tf.concat([value, self.state[name]], axis=0)
                for name, value in values.items()
            }
        )
        slot = step % self._num_batches
        rows = slot * self._batch_size + tf.range(
            self._batch_size, dtype=tf.int64
        )
        for name, value in values.items():
            fixed = tf.stop_gradient(value)
            self.state[name].scatter_update(tf.IndexedSlices(fixed, rows))
        return candidates
