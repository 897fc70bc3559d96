"""Reasons of recommendations: the items of a history that count most."""

import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_INDEX
from export.servables.ease_scores import EaseScores
from trainer.models.user_encoder import UserEncoder


class Reasons(tf.Module):
    """Items of a history that count most for each recommended item.

    The contribution of item j of a history to the score of another item i is

        c_ji = p_j . v_i + E_ji,

    with v_i the item embedding without its bias, E the EASE weights, and p_j
    the part of the user embedding that comes from j. The history tower has

        p_j = a_j h_j / (sum of a over the history)^POOLING_POWER,

    with the attention weight a_j and the vector h_j, so that the sum of p is
    its user embedding without the offset; `FoldIn.parts` has the same for the
    fold-in. The reason for i is the j with the largest contribution, and its
    share is

        max(c_ji, 0) / (sum of max(c_li, 0) over the items l of the history).

    Only the recommended items are scored, not the catalog.

    Args:
        encoder: Encoder of cold-start users.
        encoder_rows: Rows of the encoder, a variable whose first columns are
            these, float32 [items, >= C].
        item_vectors: Item embeddings, a variable, float32 [items, D].
        ease_scores: EASE scores of the model, if it has EASE weights.

    Example:
        reasons = Reasons(encoder, rows, vectors, ease_scores)
        because, shares = reasons(liked, items, by_embedding=True)
    """

    def __init__(
        self,
        encoder: UserEncoder,
        encoder_rows: tf.Variable,
        item_vectors: tf.Variable,
        ease_scores: EaseScores | None,
    ) -> None:
        super().__init__()
        self._encoder = encoder
        self._width = encoder.vectors.shape[1]
        self._rows = encoder_rows
        self._item_vectors = item_vectors
        self._ease_scores = ease_scores

    def __call__(
        self, liked: tf.Tensor, items: tf.Tensor, by_embedding: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the reasons for recommended items.

        Args:
            liked: Item indices of the histories, padded with -1, int64 [batch,
                n].
            items: Indices of the recommended items, padded with -1, int64
                [batch, k].
            by_embedding: Whether the encoder computed the user embeddings from
                the histories.

        Returns:
            Indices of the items that count most, -1 if none counts, int64
            [batch, k], and their shares, 0 if none counts, float32 [batch, k].
        """
        # `argmax` needs at least one row.
        liked = tf.pad(liked, [[0, 0], [0, 1]], constant_values=NO_INDEX)
        present, listed = (liked >= 0)[:, :, None], (items >= 0)[:, None, :]
        others = liked[:, :, None] != items[:, None, :]
        contributions = tf.zeros([1, 1, 1])
        if by_embedding:
            contributions += self._products(liked, items, present)
        if self._ease_scores:
            contributions += self._ease_scores.weights(liked, items)
        contributions = tf.where(
            present & listed & others, tf.nn.relu(contributions), 0.0
        )
        best = tf.reduce_max(contributions, axis=1)
        index = tf.argmax(contributions, axis=1)
        because = tf.gather(liked, index, batch_dims=1)
        because = tf.where(best > 0, because, NO_INDEX)
        shares = tf.math.divide_no_nan(best, tf.reduce_sum(contributions, 1))
        return because, shares

    def _products(
        self, liked: tf.Tensor, items: tf.Tensor, present: tf.Tensor
    ) -> tf.Tensor:
        """Returns the products p_j . v_i, float32 [batch, n, k]."""
        rows = gather_rows(self._rows, tf.maximum(liked, 0))
        parts = self._encoder.parts(
            rows[:, :, : self._width], tf.cast(present, tf.float32)
        )
        vectors = gather_rows(self._item_vectors, tf.maximum(items, 0))
        return tf.matmul(
            parts, vectors[:, :, : parts.shape[2]], transpose_b=True
        )
