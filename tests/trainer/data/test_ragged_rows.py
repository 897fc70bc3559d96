import numpy as np
import tensorflow as tf

from trainer.data.ragged_rows import ragged_rows


def test_rows_are_those_that_gather_finds():
    values = tf.constant(np.arange(14.0).reshape(7, 2))
    ragged = tf.RaggedTensor.from_row_lengths(values, [2, 0, 4, 1])
    rows = tf.constant([3, 1, 2, 3, 0], tf.int64)
    expected = tf.gather(ragged, rows)
    result = ragged_rows(ragged, rows)
    np.testing.assert_array_equal(result.values, expected.values)
    np.testing.assert_array_equal(result.row_splits, expected.row_splits)
