"""Exact top-K over the catalogue, with exclusions.

The index is TensorFlow Recommenders' BruteForce, which knows neither how many
ids a request will exclude nor what to do when fewer than K are left; both are
handled here.
"""

import tensorflow as tf
from tensorflow_recommenders.layers import factorized_top_k

NO_ITEM = ""
"""Fills a list where the catalogue has nothing more; also pads exclusions."""
NO_SCORE = tf.float32.min
"""Score of `NO_ITEM`: sorts last and, unlike -inf, is a number in JSON."""


class TopK(tf.Module):
    """The K items with the largest product, in stock ops.

    Args:
        item_ids: Ids of the catalogue, string [items].
        embeddings: Their embeddings, float32 [items, K].
        k: Length of a list; of a smaller catalogue, all of it.
    """

    def __init__(
        self, item_ids: tf.Tensor, embeddings: tf.Tensor, k: int
    ) -> None:
        super().__init__()
        self._num_items = int(embeddings.shape[0])
        self._k = min(k, self._num_items)
        self._index = factorized_top_k.BruteForce(k=self._k)
        self._index.index(embeddings, identifiers=item_ids)

    def __call__(
        self, queries: tf.Tensor, exclude_ids: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the best items of each query.

        Args:
            queries: float32 [batch, K].
            exclude_ids: Ids to leave out, string [batch, n], padded with "".

        Returns:
            Item ids, string [batch, k], and scores, float32 [batch, k], best
            first. Where fewer are left, ids are "" and scores `NO_SCORE`.
        """
        if exclude_ids is None:
            scores, item_ids = self._index(queries)
            return item_ids, scores
        # Of k + n items at most n are excluded.
        wide = tf.minimum(self._k + tf.shape(exclude_ids)[1], self._num_items)
        scores, item_ids = self._index(queries, k=wide)
        excluded = tf.reduce_any(
            item_ids[:, :, None] == exclude_ids[:, None, :], axis=2
        )
        scores = tf.where(excluded, NO_SCORE, scores)
        item_ids = tf.where(excluded, NO_ITEM, item_ids)
        scores, order = tf.math.top_k(scores, k=self._k)
        return tf.gather(item_ids, order, batch_dims=1), scores
