"""Lists with at most one of the variants of a product."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_INDEX
from export.index.top_k import NO_SCORE


class Variants(tf.Module):
    """Groups of items that are variants of one product.

    Args:
        group_ids: Group id of each item, in item index order; "" for an item
            without variants.

    Example:
        variants = Variants(["coat", "", "coat"])
        k = variants.length(2, owned, collapse)
        items, scores = top_k.items(users, k=k)
        items, scores = variants(items, scores, owned, collapse, 2)
    """

    def __init__(self, group_ids: list[str]) -> None:
        super().__init__()
        groups: dict[str | int, int] = {}
        group_of = [
            groups.setdefault(group_id or item, len(groups))
            for item, group_id in enumerate(group_ids)
        ]
        # The last row is that of the padding -1, which is no item's variant.
        self._groups = tf.Variable(
            np.array([*group_of, len(groups)], np.int64), trainable=False
        )
        sizes = np.sort(np.bincount(group_of))[::-1]
        self._largest = tf.Variable(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            trainable=False,
        )

    def length(
        self, k: int | tf.Tensor, owned: tf.Tensor, collapse: tf.Tensor
    ) -> tf.Tensor:
        """Returns the number of candidates that hold the best k products.

        At worst the variants of all better and all owned products precede the
        last one, and these are the products with most variants.

        Args:
            k: Number of products, int32 scalar.
            owned: Items of each user, padded with -1, int64 [batch, n].
            collapse: Whether variants are left out, bool [batch].

        Returns:
            Number of candidates, int32 scalar.
        """
        num_items = self._groups.shape[0] - 1
        last = self._largest.shape[0] - 1
        better = tf.minimum(k - 1 + tf.shape(owned)[1], last)
        longest = tf.minimum(gather_rows(self._largest, better) + 1, num_items)
        return tf.where(tf.reduce_any(collapse), tf.maximum(longest, k), k)

    def __call__(
        self,
        items: tf.Tensor,
        scores: tf.Tensor,
        owned: tf.Tensor,
        collapse: tf.Tensor,
        k: int | tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Leaves out variants of better and of owned items.

        Args:
            items: Item indices, best first, -1 for padding, int64 [batch, n].
            scores: Scores, `NO_SCORE` for padding, float32 [batch, n].
            owned: Items of each user, padded with -1, int64 [batch, m].
            collapse: Whether variants are left out, bool [batch].
            k: Length of a list, at most n, int32 scalar.

        Returns:
            Item indices, int64 [batch, k], and scores, float32 [batch, k],
            padded as the arguments are.
        """
        groups = self._of(tf.concat([owned, items], axis=1))
        order = tf.argsort(groups, axis=1, stable=True)
        groups = tf.gather(groups, order, batch_dims=1)
        repeated = (
            groups
            == tf.pad(groups, [[0, 0], [1, 0]], constant_values=-1)[:, :-1]
        )
        back = tf.argsort(order, axis=1)
        repeated = tf.gather(repeated, back, batch_dims=1)
        repeated = repeated[:, tf.shape(owned)[1] :] & collapse[:, None]
        scores = tf.where(repeated, NO_SCORE, scores)
        # Of equal values `top_k` takes the first, so the order stays.
        kept = tf.cast(scores > NO_SCORE, tf.int32)
        order = tf.math.top_k(kept, k).indices
        scores, items = (
            tf.gather(values, order, batch_dims=1) for values in (scores, items)
        )
        return tf.where(scores > NO_SCORE, items, NO_INDEX), scores

    def _of(self, items: tf.Tensor) -> tf.Tensor:
        """Returns the groups of items, int64, of the shape of `items`."""
        last = self._groups.shape[0] - 1
        return gather_rows(self._groups, tf.where(items >= 0, items, last))
