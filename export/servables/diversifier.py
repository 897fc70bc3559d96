"""Re-ranking of recommendations for diversity."""

import tensorflow as tf

from export.index.boosts import Boosts
from export.index.mmr import mmr
from export.servables.item_vectors import ItemVectors

CANDIDATES = 4
"""Candidates of a diversified list, as a multiple of its length."""


class Diversifier(tf.Module):
    """Lists of dissimilar images, by MMR over a longer list.

    Args:
        vectors: Item vectors of the recommender.
        k: Length of every list.
        boosts: Boosts of items, whose ranks are kept.

    Example:
        diversifier = Diversifier(vectors, 50, Boosts(embeddings.numpy()))
        items, scores = top_k.items(users, k=diversifier.length(diversity))
        items, scores = diversifier(items, scores, diversity)
    """

    def __init__(self, vectors: ItemVectors, k: int, boosts: Boosts) -> None:
        super().__init__()
        self._vectors = vectors
        self._k = k
        self._boosts = boosts

    def length(self, diversity: tf.Tensor) -> tf.Tensor:
        """Returns the number of candidates that a batch needs, int32 scalar.

        Args:
            diversity: Diversity of each row, float32 [batch].
        """
        longer = min(CANDIDATES * self._k, self._vectors.items.shape[0])
        return tf.where(tf.reduce_any(diversity > 0), longer, self._k)

    def __call__(
        self, items: tf.Tensor, scores: tf.Tensor, diversity: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Re-ranks candidates.

        Args:
            items: Item indices, best first, -1 for padding, int64 [batch, n].
            scores: Scores, `NO_SCORE` for padding, float32 [batch, n].
            diversity: Diversity of each row, 0 to 1, float32 [batch].

        Returns:
            Item indices, int64 [batch, k], and their scores, float32 [batch,
            k], in the order of the MMR.
        """

        def rerank() -> tuple[tf.Tensor, ...]:
            directions = self._vectors.directions(tf.maximum(items, 0))
            ranks = self._boosts.ranks_of(items)
            order = mmr(scores, directions, diversity, self._k, ranks)
            return tuple(
                tf.gather(values, order, batch_dims=1)
                for values in (items, scores)
            )

        items, scores = tf.cond(
            tf.reduce_any(diversity > 0), rerank, lambda: (items, scores)
        )
        return (
            tf.ensure_shape(items, [None, self._k]),
            tf.ensure_shape(scores, [None, self._k]),
        )
