import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.gan.ema import EMA


@pytest.fixture
def network():
    network = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(1),
            keras.layers.BatchNormalization(),
        ]
    )
    network.set_weights([np.zeros(one.shape) for one in network.weights])
    return network


def test_follows_all_weights_and_the_first_steps_count_for_more(network):
    average = EMA(network.weights, decay=0.5)
    expected = 0.0
    for step in range(1, 15):
        network.set_weights(
            [np.full(one.shape, step) for one in network.weights]
        )
        average.update(tf.constant(step, tf.int64))
        decay = min(0.5, step / (step + 10))
        expected = decay * expected + (1 - decay) * step
    assert len(average.variables) == len(network.weights) == 6
    for variable in average.variables:
        np.testing.assert_allclose(variable, expected, rtol=1e-6)
    # It ends near the last value, far from the mean.
    assert expected > 12


def test_is_copied_to_another_network(network):
    average = EMA(network.weights, decay=0.5)
    other = keras.models.clone_model(network)
    network.set_weights([np.full(one.shape, 4.0) for one in network.weights])
    average.update(tf.constant(10**6))
    average.copy_to(other)
    for weight in other.weights:
        np.testing.assert_allclose(weight, 2.0)
    for weight in network.weights:
        np.testing.assert_allclose(weight, 4.0)
