"""Items of the known users, such as those of their training interactions."""

import tensorflow as tf

from export.index.ops.gather_rows import gather_rows


class UserHistories(tf.Module):
    """Histories of the users of a `UserTable`; empty for unknown users.

    Args:
        histories: Item indices of each known user, int64 [users, None].
        weights: Weights of these items, ragged float32 like `histories`; None
            if all are 1.

    Example:
        histories = UserHistories(trained.interactions.train)
        items = histories(users.rows(user_id)).to_tensor(NO_INDEX)
    """

    def __init__(
        self,
        histories: tf.RaggedTensor,
        weights: tf.RaggedTensor | None = None,
    ) -> None:
        super().__init__()
        # Half the memory of the int64 indices.
        items = tf.cast(histories.values, tf.int32)
        self._items = tf.Variable(items, trainable=False)
        # The first row is the empty history of unknown users.
        self._row_splits = tf.Variable(
            tf.concat([[0], histories.row_splits], axis=0), trainable=False
        )
        self._weights = None
        if weights is not None:
            self._weights = tf.Variable(weights.values, trainable=False)

    def __call__(self, rows: tf.Tensor) -> tf.RaggedTensor:
        """Looks up histories.

        Args:
            rows: Rows of `UserTable.rows`, int64 [batch].

        Returns:
            Item indices, int64 [batch, None].
        """
        return tf.cast(self._lookup(self._items, rows), tf.int64)

    def weights(self, rows: tf.Tensor) -> tf.RaggedTensor | None:
        """Looks up the weights of the items, float32; None if all are 1."""
        if self._weights is None:
            return None
        return self._lookup(self._weights, rows)

    def _lookup(self, values: tf.Variable, rows: tf.Tensor) -> tf.RaggedTensor:
        starts = gather_rows(self._row_splits, rows)
        ends = gather_rows(self._row_splits, rows + 1)
        places = tf.ragged.range(starts, ends)
        return places.with_values(gather_rows(values, places.values))
