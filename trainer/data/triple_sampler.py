"""Sampler of BPR triples (u, i, j), a pure function of seed and step.

The user is uniform over all users, the positive uniform over the user's
training items, and the negative uniform over all other items (the authors'
code). There is no rejection sampling: one binary search finds the r-th item
that a user did not interact with. A user who rejected items gets one of these
as the negative of about every second triple. A batch depends only on the seed
and the step, so a resumed run sees the same triples as an uninterrupted one.
"""

from typing import NamedTuple

import tensorflow as tf

from atelier.io.errors import UserError


class Triples(NamedTuple):
    """A batch of triples, int64 [batch] each.

    Attributes:
        users: User indices.
        positives: Item indices of the positives.
        negatives: Item indices of the negatives.
        interactions: Position of each (user, positive) in the training
            interactions.
        rejections: Position of each (user, negative) in the rejected items; -1
            for a negative that the user did not reject.
    """

    users: tf.Tensor
    positives: tf.Tensor
    negatives: tf.Tensor
    interactions: tf.Tensor
    rejections: tf.Tensor


class TripleSampler:
    """Samples batches of BPR triples.

    Example:
        sampler = TripleSampler(interactions.train, 1000, 128, seed=0)
        triples = sampler.draw(tf.constant(0, tf.int64))

    Args:
        train: Item indices of each user, ascending, int64 [users, None].
        num_items: Number of items of the catalog.
        batch_size: Triples per batch.
        seed: Random seed of all draws.
        rejected: Item indices that each user rejected, int64 [users, None];
            None without explicit negatives.

    Raises:
        UserError: If a user interacted with every item, or with none.
    """

    def __init__(
        self,
        train: tf.RaggedTensor,
        num_items: int,
        batch_size: int,
        seed: int,
        rejected: tf.RaggedTensor | None = None,
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
        self._rejected = rejected
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

    def draw(self, step: tf.Tensor) -> Triples:
        """Draws the triples of a step.

        Args:
            step: Step index, int64 scalar.
        """
        users = self._below(len(self._starts), step, stream=0)
        counts = tf.gather(self._counts, users)
        starts = tf.gather(self._starts, users)
        interactions = starts + self._below(counts, step, stream=1)
        rank = self._below(self._num_items - counts, step, stream=2)
        offset = tf.searchsorted(
            self._gaps,
            rank + users * self._stride,
            side="right",
            out_type=tf.int64,
        )
        negatives = rank + offset - starts
        rejections = tf.fill([self._batch_size], tf.constant(-1, tf.int64))
        if self._rejected is not None:
            rejections = self._rejections(self._rejected, users, step)
            negatives = tf.where(
                rejections >= 0,
                tf.gather(self._rejected.values, tf.maximum(rejections, 0)),
                negatives,
            )
        return Triples(
            users,
            tf.gather(self._items, interactions),
            negatives,
            interactions,
            rejections,
        )

    def _rejections(
        self, rejected: tf.RaggedTensor, users: tf.Tensor, step: tf.Tensor
    ) -> tf.Tensor:
        """Draws positions of rejected items, or -1, int64 [batch]."""
        step = -1 - step  # Other draws than those of any triple.
        counts = tf.gather(rejected.row_lengths(), users)
        taken = (counts > 0) & (self._below(2, step, stream=0) == 0)
        drawn = tf.gather(rejected.row_starts(), users) + self._below(
            counts, step, stream=1
        )
        return tf.where(taken, drawn, -1)

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
