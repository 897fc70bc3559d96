import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from trainer.training.learning_rate_schedules import DelayedSchedule
from trainer.training.learning_rate_schedules import warmup_cosine_decay
from trainer.training.optimizers import EPSILON
from trainer.training.optimizers import build_optimizer

FROZEN = 3
RATE = 0.1
BACKBONE_RATE = 0.001


class Training:
    """A backbone of two layers below a projection, and its one step."""

    def __init__(self, optimizer=None):
        keras.utils.set_random_seed(3)
        self.backbone = keras.Sequential(
            [keras.Input((4,)), layers.Dense(5), layers.Dense(6)]
        )
        self.model = keras.Sequential([self.backbone, layers.Dense(2)])
        self.optimizer = optimizer or build_optimizer(
            self.model,
            self.backbone,
            warmup_cosine_decay(RATE, steps=9),
            DelayedSchedule(
                warmup_cosine_decay(BACKBONE_RATE, steps=6), FROZEN
            ),
        )
        self.traces = 0

    @tf.function
    def step(self, x):
        self.traces += 1
        variables = [
            variable.value for variable in self.model.trainable_variables
        ]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.model(x, training=True) - 1))
        self.optimizer.apply_gradients(
            zip(
                tape.gradient(loss, variables),
                self.model.trainable_variables,
                strict=True,
            )
        )

    def run(self, steps):
        for step in steps:
            self.step(tf.random.stateless_normal([8, 4], [1, step]))

    def bits(self):
        return [weight.tobytes() for weight in self.backbone.get_weights()]


def test_the_backbone_keeps_every_bit_until_it_thaws():
    training = Training()
    before = training.bits()
    projection = training.model.layers[-1].kernel.numpy()
    training.run(range(FROZEN))
    assert training.bits() == before
    assert not np.array_equal(projection, training.model.layers[-1].kernel)
    training.run(range(FROZEN, FROZEN + 1))
    for old, new in zip(before, training.bits(), strict=True):
        assert old != new
    assert training.traces == 1


def test_each_group_moves_at_its_own_rate(eagerly):
    """Adam's first step is the learning rate, whatever the gradient."""
    training = Training()
    training.optimizer = build_optimizer(
        training.model,
        training.backbone,
        warmup_cosine_decay(RATE, steps=9),
        warmup_cosine_decay(BACKBONE_RATE, steps=9),
    )
    before = training.model.get_weights()
    training.run([0])
    moved = [
        np.abs(new - old).max()
        for old, new in zip(before, training.model.get_weights(), strict=True)
    ]
    np.testing.assert_allclose(moved[:4], BACKBONE_RATE, rtol=1e-2)
    np.testing.assert_allclose(moved[4:], RATE, rtol=1e-2)


def test_equal_rates_are_one_adam(eagerly):
    rate = warmup_cosine_decay(RATE, steps=9, warmup_steps=2, final_share=0.1)
    two, single = (
        Training(),
        Training(keras.optimizers.Adam(rate, epsilon=EPSILON)),
    )
    two.optimizer = build_optimizer(two.model, two.backbone, rate, rate)
    for training in (two, single):
        training.run(range(7))
    for a, b in zip(
        two.model.get_weights(), single.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("stop", [1, FROZEN, FROZEN + 2])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, stop, eagerly):
    def checkpoint(training):
        return tf.train.Checkpoint(
            model=training.model, optimizer=training.optimizer
        )

    whole, first, second = Training(), Training(), Training()
    whole.run(range(8))
    first.run(range(stop))
    path = checkpoint(first).save(str(tmp_path / "at"))
    status = checkpoint(second).restore(path)
    status.assert_consumed()
    second.run(range(stop, 8))
    for a, b in zip(
        whole.model.get_weights(), second.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("num_stages", [1, 2])
def test_layers_frozen_for_good_are_left_out(num_stages, eagerly):
    training = Training()
    for layer in training.backbone.layers[:num_stages]:
        layer.trainable = False
    training.optimizer = build_optimizer(
        training.model,
        training.backbone,
        warmup_cosine_decay(RATE, steps=9),
        warmup_cosine_decay(BACKBONE_RATE, steps=9),
    )
    before = training.model.get_weights()
    training.run([0])
    same = [
        np.array_equal(old, new)
        for old, new in zip(before, training.model.get_weights(), strict=True)
    ]
    assert same == [True, True] * num_stages + [False, False] * (3 - num_stages)
