import dataclasses

import numpy as np
import tensorflow as tf

from trainer.models import user_encoder
from trainer.models.user_encoder import HistoryEncoder
from trainer.models.user_encoder import encode_users

# Vectors times their weights, and the weights.
ROWS = np.array([[1, 0, 1], [0, 4, 2], [3, 3, 1], [5, -5, 1]], np.float32)
ENCODER = HistoryEncoder(ROWS, np.array([0.5, 0.25], np.float32), False)
LIKED = tf.ragged.constant([[2], [0, 1, 2, 3], [3, 0]], dtype=tf.int64)


def test_users_are_encoded_row_by_row():
    result = encode_users(ENCODER, LIKED)
    assert result.dtype == np.float32
    np.testing.assert_allclose(
        result,
        [
            [3.5, 3.25],
            [9 / np.sqrt(5) + 0.5, 2 / np.sqrt(5) + 0.25],
            [6 / np.sqrt(2) + 0.5, -5 / np.sqrt(2) + 0.25],
        ],
        rtol=1e-6,
    )


def test_with_biases_everybody_has_a_one():
    encoder = dataclasses.replace(ENCODER, has_bias=True)
    result = encode_users(encoder, LIKED)
    np.testing.assert_array_equal(result[:, 2], [1, 1, 1])
    np.testing.assert_array_equal(result[:, :2], encode_users(ENCODER, LIKED))


def test_the_order_of_what_someone_likes_does_not_matter():
    other = tf.ragged.constant([[2], [3, 1, 0, 2], [0, 3]], dtype=tf.int64)
    np.testing.assert_allclose(
        encode_users(ENCODER, other), encode_users(ENCODER, LIKED), rtol=1e-6
    )


def test_items_count_by_weight():
    weights = LIKED.with_values(np.float32([2, 1, 2, 3, 4, 1, 0]))
    twice = tf.ragged.constant(
        [[2, 2], [0, 1, 1, 2, 2, 2, 3, 3, 3, 3], [3]], dtype=tf.int64
    )
    np.testing.assert_allclose(
        encode_users(ENCODER, LIKED, weights),
        encode_users(ENCODER, twice),
        rtol=1e-6,
    )


def test_users_by_blocks(monkeypatch):
    whole = encode_users(ENCODER, LIKED)
    weights = tf.ones_like(LIKED, tf.float32)
    monkeypatch.setattr(user_encoder, "_INTERACTIONS_AT_ONCE", 2)

    np.testing.assert_array_equal(encode_users(ENCODER, LIKED), whole)
    np.testing.assert_array_equal(encode_users(ENCODER, LIKED, weights), whole)
    assert encode_users(ENCODER, LIKED[:0]).shape == (0, whole.shape[1])
