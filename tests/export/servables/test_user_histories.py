import tensorflow as tf

from export.servables.user_histories import UserHistories


def test_row_0_is_empty_and_the_others_are_the_users():
    histories = UserHistories(tf.ragged.constant([[4, 7], [], [1]], tf.int64))
    found = histories(tf.constant([3, 0, 1, 2, 1], tf.int64))
    assert found.dtype == tf.int64
    assert found.to_list() == [[1], [], [4, 7], [], [4, 7]]
    assert histories(tf.zeros([0], tf.int64)).to_list() == []
