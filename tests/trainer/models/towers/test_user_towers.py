import keras
import numpy as np
import pytest
from keras import ops

from trainer.models.towers.user_towers import POOLING_POWER
from trainer.models.towers.user_towers import HistoryTower
from trainer.models.towers.user_towers import RecencyDecay
from trainer.models.towers.user_towers import id_tower


def test_users_start_uniform_between_0_and_a_hundredth():
    keras.utils.set_random_seed(1)
    theta = ops.convert_to_numpy(id_tower(400, 50).embeddings)
    assert theta.min() >= 0
    assert theta.max() <= 0.01
    np.testing.assert_allclose(theta.mean(), 0.005, rtol=0.02)
    np.testing.assert_allclose(theta.std(), 0.01 / np.sqrt(12), rtol=0.02)


@pytest.fixture
def tower():
    tower = HistoryTower(3, 5)
    tower.offset.assign([1.0, 2.0, 3.0])
    return tower


@pytest.mark.parametrize("count", [1, 4, 9])
def test_a_history_starts_as_its_sum_over_a_power_of_its_number(tower, count):
    vectors = np.random.default_rng(count).normal(size=(count, 3))
    result = tower(ops.sum(tower.rows(vectors), axis=0, keepdims=True))
    expected = vectors.sum(axis=0) / count**POOLING_POWER + [1, 2, 3]
    np.testing.assert_allclose(result, [expected], rtol=1e-5)


def test_items_count_by_attention(tower):
    vectors = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    query = np.array([0.7, -1.1, 0.4], np.float32)
    tower.attention.kernel.assign(query[:, None])
    result = tower(ops.sum(tower.rows(vectors), axis=0, keepdims=True))
    weights = np.exp(vectors @ query)
    expected = weights @ vectors / weights.sum() ** POOLING_POWER + [1, 2, 3]
    np.testing.assert_allclose(result, [expected], rtol=1e-5)


def test_an_empty_history_gives_the_offset(tower):
    result = tower(np.zeros((1, 4), np.float32))
    np.testing.assert_array_equal(result, [[1, 2, 3]])


def test_items_start_without_a_decay():
    recency = np.array([[0, 1], [900, 40]], np.float32)
    np.testing.assert_array_equal(RecencyDecay()(recency), [1, 1])


def test_items_decay_with_age_and_order():
    decay = RecencyDecay()
    decay.exponents.assign([0.5, 2.0])
    recency = np.array([[0, 1], [3, 2], [8, 0]], np.float32)
    np.testing.assert_allclose(
        decay(recency), [1 / 4, 1 / 2 / 9, 1 / 3], rtol=1e-6
    )
