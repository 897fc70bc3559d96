"""Items that the known users have, from their training interactions."""

import tensorflow as tf

from export.index.ops.gather_rows import gather_rows


class UserHistories(tf.Module):
    """Histories of the users of a `UserTable`; empty for unknown users.

    Args:
        histories: Item indices of each known user, int64 [users, None].

    Example:
        histories = UserHistories(trained.interactions.train)
        owned = histories(users.rows(user_id)).to_tensor(NO_INDEX)
    """

    def __init__(self, histories: tf.RaggedTensor) -> None:
        super().__init__()
        # Half the memory of the int64 indices.
        items = tf.cast(histories.values, tf.int32)
        self._items = tf.Variable(items, trainable=False)
        # The first row is the empty history of unknown users.
        self._row_splits = tf.Variable(
            tf.concat([[0], histories.row_splits], axis=0), trainable=False
        )

    def __call__(self, rows: tf.Tensor) -> tf.RaggedTensor:
        """Looks up histories.

        Args:
            rows: Rows of `UserTable.rows`, int64 [batch].

        Returns:
            Item indices, int64 [batch, None].
        """
        starts = gather_rows(self._row_splits, rows)
        ends = gather_rows(self._row_splits, rows + 1)
        places = tf.ragged.range(starts, ends)
        items = gather_rows(self._items, places.values)
        return places.with_values(tf.cast(items, tf.int64))
