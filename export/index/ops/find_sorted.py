"""Search for values in sorted sets."""

import tensorflow as tf


def find_sorted(
    values: tf.Tensor, ascending: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Finds each value in a set of the same row.

    Args:
        values: Values, below the maximum of their dtype, int64 [batch, n].
        ascending: Sets, ascending in each row, int64 [batch, m].

    Returns:
        Insertion indices, 0 to m, int32 [batch, n], and whether each value
        occurs in its set, bool [batch, n].
    """
    # The sentinel keeps every insertion index in range.
    row = tf.pad(ascending, [[0, 0], [0, 1]], constant_values=values.dtype.max)
    index = tf.searchsorted(row, values)
    return index, tf.gather(row, index, batch_dims=1) == values
