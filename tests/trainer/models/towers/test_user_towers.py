import keras
import numpy as np
import pytest
from keras import ops

from trainer.models.towers.user_towers import POOLING_POWER
from trainer.models.towers.user_towers import HistoryTower
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


@pytest.mark.parametrize("number", [1, 4, 9])
def test_a_history_starts_as_its_sum_over_a_power_of_its_number(tower, number):
    vectors = np.random.default_rng(number).normal(size=(number, 3))
    found = tower(ops.sum(tower.rows(vectors), axis=0, keepdims=True))
    expected = vectors.sum(axis=0) / number**POOLING_POWER + [1, 2, 3]
    np.testing.assert_allclose(found, [expected], rtol=1e-5)


def test_items_count_by_attention(tower):
    vectors = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    query = np.array([0.7, -1.1, 0.4], np.float32)
    tower.attention.kernel.assign(query[:, None])
    found = tower(ops.sum(tower.rows(vectors), axis=0, keepdims=True))
    weights = np.exp(vectors @ query)
    expected = weights @ vectors / weights.sum() ** POOLING_POWER + [1, 2, 3]
    np.testing.assert_allclose(found, [expected], rtol=1e-5)


def test_nobody_knows_who_took_nothing(tower):
    found = tower(np.zeros((1, 4), np.float32))
    np.testing.assert_array_equal(found, [[1, 2, 3]])
