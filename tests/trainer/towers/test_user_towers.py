import keras
import numpy as np
import pytest
from keras import ops

from trainer.towers.user_towers import POOLING_POWER
from trainer.towers.user_towers import HistoryTower
from trainer.towers.user_towers import id_tower
from trainer.towers.user_towers import pooled


def test_users_start_uniform_between_0_and_a_hundredth():
    keras.utils.set_random_seed(1)
    theta = ops.convert_to_numpy(id_tower(400, 50).embeddings)
    assert theta.min() >= 0
    assert theta.max() <= 0.01
    np.testing.assert_allclose(theta.mean(), 0.005, rtol=0.02)
    np.testing.assert_allclose(theta.std(), 0.01 / np.sqrt(12), rtol=0.02)


@pytest.mark.parametrize("number", [1, 4, 9])
def test_a_history_is_its_sum_over_a_power_of_its_number(number):
    rows = np.random.default_rng(number).normal(size=(number, 3))
    found = pooled(rows.sum(axis=0)[None], np.array([number], np.float32))
    np.testing.assert_allclose(
        found, [rows.sum(axis=0) / number**POOLING_POWER], rtol=1e-5
    )


def test_nobody_knows_who_took_nothing():
    tower = HistoryTower(keras.layers.Dense(3), 5)
    tower.offset.assign([1.0, 2.0, 3.0])
    found = tower(np.zeros((1, 3), np.float32), np.zeros(1, np.float32))
    np.testing.assert_array_equal(found, [[1, 2, 3]])
