import numpy as np
import pytest
import tensorflow as tf

from trainer.data.image_feature_bank import ImageFeatureBank
from trainer.data.image_feature_bank import positions_of

KEPT = np.arange(12, dtype=np.float32).reshape(6, 2)
FRESH = np.array([[-1, -2], [-3, -4], [-5, -6]], np.float32)
PASSED = np.array([4, 1, 4])
"""The second photo of item 4 takes the place of the first."""


@pytest.fixture
def bank():
    bank = ImageFeatureBank(6, 2)
    bank.assign(KEPT)
    return bank


def test_what_just_passed_the_network_is_fresh_and_the_rest_is_kept(bank):
    expected = np.array([0, 4, 5, 1, 4])
    result = bank.lookup(expected, PASSED, FRESH)
    np.testing.assert_array_equal(
        result, [KEPT[0], FRESH[2], KEPT[5], FRESH[1], FRESH[2]]
    )
    np.testing.assert_array_equal(bank.lookup(expected), KEPT[expected])


def test_gradients_flow_through_what_is_fresh_and_only_there(bank):
    fresh = tf.constant(FRESH)
    weights = np.array([[1.0], [10.0], [100.0], [1000.0]], np.float32)
    with tf.GradientTape() as tape:
        tape.watch([fresh, bank.features])
        result = bank.lookup(np.array([4, 0, 1, 4]), PASSED, fresh)
        total = tf.reduce_sum(weights * result)
    of_fresh, of_kept = tape.gradient(total, [fresh, bank.features])
    np.testing.assert_array_equal(
        tf.convert_to_tensor(of_fresh), [[0, 0], [100, 100], [1001, 1001]]
    )
    kept = tf.convert_to_tensor(of_kept).numpy()
    assert np.flatnonzero(kept.any(axis=1)).tolist() == [0]


def test_an_update_keeps_the_rows_of_its_items(bank):
    bank.update(tf.constant(PASSED), tf.constant(FRESH))
    expected = KEPT.copy()
    expected[[4, 1]] = FRESH[[2, 1]]
    np.testing.assert_array_equal(bank.features, expected)


def test_places():
    np.testing.assert_array_equal(
        positions_of(np.array([3, 0, 3, 5]), np.arange(7)),
        [1, -1, -1, 2, -1, 3, -1],
    )
