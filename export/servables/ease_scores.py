"""EASE score bonuses of user histories, in stock TensorFlow ops."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import ScoreBonus
from trainer.models.ease import EASE


class EaseScores(tf.Module):
    """Sparse EASE scores, as bonuses on the two-tower inner products.

    Args:
        layer: Fitted EASE layer, with the top neighbors of each item.

    Example:
        ease_scores = EaseScores(trained.ease)
        bonus = ease_scores(tf.ragged.constant([[3, 8]], tf.int64))
        item_ids, scores = top_k(queries, added=bonus)
    """

    def __init__(self, layer: EASE) -> None:
        super().__init__()
        neighbors = np.asarray(layer.neighbours, np.int64)
        self._neighbors = tf.Variable(neighbors, trainable=False)
        self._weights = tf.Variable(layer.weights_to.numpy(), trainable=False)

    def __call__(
        self, liked: tf.RaggedTensor, weights: tf.Tensor | None = None
    ) -> ScoreBonus:
        """Sums the EASE weights from the items of each history.

        Args:
            liked: Item indices of the histories, int64 [batch, None].
            weights: Weights of these items, flat, float32 [n]; None if all are
                1.

        Returns:
            The items with a weight and their summed weights.
        """
        num_items = tf.cast(tf.shape(self._neighbors)[0], tf.int64)
        neighbors = gather_rows(self._neighbors, liked.values)
        # One id per (row, item) pair, ordered by row, then item.
        cells = liked.value_rowids()[:, None] * num_items + neighbors
        cells, segments = tf.unique(tf.reshape(cells, [-1]))
        added = gather_rows(self._weights, liked.values)
        if weights is not None:
            added *= weights[:, None]
        sums = tf.math.unsorted_segment_sum(
            tf.reshape(added, [-1]), segments, tf.size(cells)
        )
        order = tf.argsort(cells)
        cells, sums = tf.gather(cells, order), tf.gather(sums, order)

        def rows(values: tf.Tensor, padding: tf.Tensor) -> tf.Tensor:
            return tf.RaggedTensor.from_value_rowids(
                values, cells // num_items, nrows=liked.nrows()
            ).to_tensor(padding)

        return ScoreBonus(rows(cells % num_items, num_items), rows(sums, 0.0))

    def weights(self, liked: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """Looks up the EASE weights between two lists of items.

        Args:
            liked: Item indices, -1 counts as 0, int64 [batch, n].
            items: Item indices, int64 [batch, k].

        Returns:
            Weight from each liked item to each item, float32 [batch, n, k].
        """
        liked = tf.maximum(liked, 0)
        neighbors = gather_rows(self._neighbors, liked)[..., None]
        weights = gather_rows(self._weights, liked)[..., None]
        found = neighbors == items[:, None, None, :]
        return tf.reduce_sum(tf.where(found, weights, 0.0), axis=2)
