"""Sampler of BPR triples (u, i, j), a pure function of seed and step.

The user is uniform over all users, the positive uniform over the user's
training items, and the negative uniform over all other items (the authors'
code). There is no rejection sampling: one binary search finds the r-th item
that a user did not interact with. A batch depends only on the seed and the
step, so a resumed run sees the same triples as an uninterrupted one.
"""

import tensorflow as tf

from atelier.io.errors import UserError


class TripleSampler:
    """Samples batches of BPR triples.

    Example:
        sampler = TripleSampler(interactions.train, 1000, 128, seed=0)
        users, positives, negatives = sampler.draw(tf.constant(0, tf.int64))

    Args:
        train: Item indices of each user, ascending, int64 [users, None].
        num_items: Number of items of the catalog.
        batch_size: Triples per batch.
        seed: Random seed of all draws.

    Raises:
        UserError: If a user interacted with every item, or with none.
    """

    def __init__(
        self,
        train: tf.RaggedTensor,
        num_items: int,
        batch_size: int,
        seed: int,
    ) -> None:
        self._counts = train.row_lengths()
        if tf.reduce_any((self._counts == 0) | (self._counts == num_items)):
            raise UserError(
                "a user interacted with all items of the catalog or with none, "
                "so no triple can be drawn; prepare the data set with more "
                "items"
            )
        self._items = train.values
        self._starts = train.row_starts()
        self._num_items = num_items
        self._batch_size = batch_size
        self._seed = seed
        # With o_k the k-th item of a user, o_k - k counts the items before it
        # without interaction. Offset by user index times the stride, one
        # ascending array serves all users.
        position = tf.range(tf.size(self._items, tf.int64)) - tf.gather(
            self._starts, train.value_rowids()
        )
        self._gaps = (
            self._items - position + train.value_rowids() * self._stride
        )

    @property
    def _stride(self) -> int:
        return self._num_items + 1

    def draw(self, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Draws the triples of a step.

        Args:
            step: Step index, int64 scalar.

        Returns:
            User, positive item and negative item indices, int64 [batch] each.
        """
        users = self._below(len(self._starts), step, stream=0)
        counts = tf.gather(self._counts, users)
        starts = tf.gather(self._starts, users)
        positives = tf.gather(
            self._items, starts + self._below(counts, step, stream=1)
        )
        rank = self._below(self._num_items - counts, step, stream=2)
        offset = tf.searchsorted(
            self._gaps,
            rank + users * self._stride,
            side="right",
            out_type=tf.int64,
        )
        return users, positives, rank + offset - starts

    def _below(
        self, bounds: tf.Tensor | int, step: tf.Tensor, stream: int
    ) -> tf.Tensor:
        """Draws uniform integers in [0, bounds), int64 [batch]."""
        uniform = tf.random.stateless_uniform(
            [self._batch_size],
            seed=tf.stack([tf.cast(self._seed * 3 + stream, tf.int64), step]),
            dtype=tf.float64,
        )
        return tf.cast(uniform * tf.cast(bounds, tf.float64), tf.int64)
