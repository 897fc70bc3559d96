"""Draws training triples (u, i, j), each step a function of seed and number.

User uniform over users, positive uniform over the user's training items,
negative uniform over all items less those (the authors' code). Nothing is
rejected and drawn again: the r-th item that a user did not take is found by
one binary search. A step depends on nothing but the seed and its number, so a
resumed run sees the very triples that an unbroken one would have.
"""

import tensorflow as tf

from atelier.io.errors import UserError


class TripleSampler:
    """Draws batches of triples.

    Args:
        train: Item indices of each user, ascending, int64 [users, None].
        num_items: Size of the catalogue.
        batch_size: Triples a batch.
        seed: Seed of all draws.

    Raises:
        UserError: If some user took every item, or none.
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
                "a user took all items of the catalogue or none, so there is "
                "nothing to compare; prepare with more items"
            )
        self._items = train.values
        self._starts = train.row_starts()
        self._num_items = num_items
        self._batch_size = batch_size
        self._seed = seed
        # o_k - k counts the items before o_k that the user did not take. With
        # the user's number in front, one ascending array serves all users.
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
            step: Number of the step, int64 scalar.

        Returns:
            Users, positive items and negative items, int64 [batch] each.
        """
        users = self._below(len(self._starts), step, stream=0)
        counts = tf.gather(self._counts, users)
        starts = tf.gather(self._starts, users)
        positives = tf.gather(
            self._items, starts + self._below(counts, step, stream=1)
        )
        rank = self._below(self._num_items - counts, step, stream=2)
        found = tf.searchsorted(
            self._gaps,
            rank + users * self._stride,
            side="right",
            out_type=tf.int64,
        )
        return users, positives, rank + found - starts

    def _below(
        self, bounds: tf.Tensor | int, step: tf.Tensor, stream: int
    ) -> tf.Tensor:
        """Draws integers in [0, bounds), int64 [batch]."""
        uniform = tf.random.stateless_uniform(
            [self._batch_size],
            seed=tf.stack([tf.cast(self._seed * 3 + stream, tf.int64), step]),
            dtype=tf.float64,
        )
        return tf.cast(uniform * tf.cast(bounds, tf.float64), tf.int64)
