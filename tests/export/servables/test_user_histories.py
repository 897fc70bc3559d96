import tensorflow as tf

from export.servables.user_histories import UserHistories


def test_row_0_is_empty_and_the_others_are_the_users():
    histories = UserHistories(tf.ragged.constant([[4, 7], [], [1]], tf.int64))
    found = histories(tf.constant([3, 0, 1, 2, 1], tf.int64))
    assert found.dtype == tf.int64
    assert found.to_list() == [[1], [], [4, 7], [], [4, 7]]
    assert histories(tf.zeros([0], tf.int64)).to_list() == []
    assert histories.weights(tf.constant([1], tf.int64)) is None


def test_weights_are_those_of_the_items():
    items = tf.ragged.constant([[4, 7], [], [1]], tf.int64)
    weights = items.with_values([0.5, 2.0, 1.5])
    found = UserHistories(items, weights).weights(tf.constant([3, 0, 1]))
    assert found.to_list() == [[1.5], [], [0.5, 2.0]]
