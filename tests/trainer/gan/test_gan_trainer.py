"""One step of the two networks, against one taken by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.gan import gan_trainer as gan_training
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.networks import build_generator
from trainer.models.gan.adversarial_losses import LOSSES
from trainer.models.gan.diff_augment import diff_augment
from trainer.models.gan.redraw_loss import redraw_loss

RATE = 0.5


@pytest.fixture
def make(start_run, tmp_path, monkeypatch):
    """Returns make(**values), trained by plain gradient descent."""
    monkeypatch.setattr(
        keras.optimizers,
        "Adam",
        lambda rate, **of_adam: keras.optimizers.SGD(rate),
    )

    def make(**values):
        run = start_run(tmp_path, learning_rate=RATE, **values)
        keras.utils.set_random_seed(0)
        return gan_training.GanTrainer(run.config, load_gan_dataset(run), 1)

    return make


def after(network, loss, rate):
    """Returns the trainable weights after a step on a loss()."""
    variables = [one.value for one in network.trainable_variables]
    with tf.GradientTape() as tape:
        value = loss()
    gradients = tape.gradient(value, variables)
    return [
        one.numpy() - rate * np.asarray(tf.convert_to_tensor(gradient))
        for one, gradient in zip(variables, gradients, strict=True)
    ]


def discriminator_loss(training, batch, drawn):
    real, made = (
        training.discriminator.scores(
            diff_augment(images, batch[draws], training._config.changes),
            batch["category"],
            training=True,
        )
        for images, draws in (
            (batch["photo"], "photo_draws"),
            (drawn, "made_draws"),
        )
    )
    return LOSSES[training._config.loss].discriminator(real, made)


def generator_loss(training, batch):
    """The adversarial loss, the redraw loss and thrice that of diversity."""
    config, category = training._config, batch["category"]
    made = training.generator(batch["z"], category, training=True)
    looks, photos = (
        diff_augment(images, batch[draws], config.changes)
        for images, draws in (
            (made, "made_draws"),
            (batch["photo"], "photo_draws"),
        )
    )
    scores = training.discriminator.scores(looks, category, training=True)
    made_apart, apart = (
        tf.reduce_mean(tf.abs(images[::2] - images[1::2]), axis=[1, 2, 3])
        for images in (looks, photos)
    )
    lack = tf.nn.relu(1 - made_apart / tf.reduce_mean(apart))
    redrawn = redraw_loss(made, batch["photo"], [looks], [photos])
    return (
        LOSSES[config.loss].generator(scores)
        + config.redraw_loss_weight * redrawn
        + 3 * tf.reduce_mean(lack)
    )


@pytest.mark.parametrize(
    ("loss", "augmentation", "redraw_loss_weight"),
    zip(LOSSES, ["colour,cutout", "none"], [2.0, 0.0], strict=True),
)
def test_the_discriminator_steps_first_and_then_judges(
    make, eagerly, loss, augmentation, redraw_loss_weight
):
    training = make(
        loss=loss,
        augmentation=augmentation,
        redraw_loss_weight=redraw_loss_weight,
        diversity_loss_weight=3.0,
        discriminator_learning_rate=0.25,
    )
    batch = next(iter(training.batches_from(0)))
    drawn = training.generator(batch["z"], batch["category"], training=True)
    judge = after(
        training.discriminator,
        lambda: discriminator_loss(training, batch, drawn),
        0.25,
    )
    kept = training.discriminator.get_weights()
    for variable, value in zip(
        training.discriminator.trainable_variables, judge, strict=True
    ):
        variable.assign(value)
    artist = after(
        training.generator, lambda: generator_loss(training, batch), RATE
    )
    training.discriminator.set_weights(kept)

    training.train_step(batch)
    for network, expected in (
        (training.discriminator, judge),
        (training.generator, artist),
    ):
        for variable, value in zip(
            network.trainable_variables, expected, strict=True
        ):
            np.testing.assert_allclose(
                variable, value, rtol=1e-4, atol=1e-5, err_msg=variable.path
            )


def test_designs_are_drawn_with_the_average(make, eagerly):
    training = make(ema_decay=0.9)
    z = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    category = np.array([0, 1, 1])
    before = training.draw(z, category)
    np.testing.assert_allclose(
        before, training.generator(z, category), atol=1e-6
    )
    training.train_step(next(iter(training.batches_from(0))))
    drawn = training.draw(z, category)
    assert np.abs(drawn - training.generator(z, category)).max() > 1e-4
    assert np.abs(drawn - before).max() > 1e-4


def test_without_an_average_the_generator_draws(make, eagerly):
    training = make(ema_decay=0.0)
    z = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    category = np.array([0, 1, 1])
    training.train_step(next(iter(training.batches_from(0))))
    np.testing.assert_allclose(
        training.draw(z, category), training.generator(z, category), atol=1e-6
    )


def test_what_is_measured(make, eagerly):
    training = make()
    training.train_step(next(iter(training.batches_from(0))))
    logs = training.evaluate()
    assert set(logs) == {"val_kid", "val_diversity", "step", "seconds"}
    assert logs["step"] == 1
    assert logs["val_kid"] > 0.1  # Of noise, against photos.
    assert training.evaluate() == logs


def test_a_step_is_no_longer_than_the_clipped_gradient(make, eagerly):
    training = make(global_clipnorm=0.01, discriminator_learning_rate=0.25)
    networks = (training.generator, training.discriminator)
    before = [
        [one.numpy() for one in network.trainable_variables]
        for network in networks
    ]
    training.train_step(next(iter(training.batches_from(0))))
    for network, rate, old in zip(networks, (RATE, 0.25), before, strict=True):
        moved = [
            one.numpy() - weight
            for one, weight in zip(
                network.trainable_variables, old, strict=True
            )
        ]
        length = np.sqrt(sum((one**2).sum() for one in moved))
        assert length == pytest.approx(rate * 0.01, rel=1e-3)


@pytest.mark.slow
def test_bfloat16_is_near_float32_and_draws_in_that(make):
    losses = []
    for precision in ("float32", "bfloat16"):
        training = make(precision=precision, ema_decay=0.0)
        training.train_step(next(iter(training.batches_from(0))))
        losses.append(
            [float(one.result()) for one in training.metrics.values()]
        )
    exact, rounded = losses
    assert exact != rounded
    # Each number is rounded by up to 2^-9 of its size, in layer after layer.
    np.testing.assert_allclose(rounded, exact, rtol=0.02, atol=0.02)
    assert {
        one.dtype
        for network in (training.generator, training.discriminator)
        for one in network.weights
        if "float" in one.dtype
    } == {"float32"}
    z = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    category = np.array([0, 1, 1])
    drawn = training.draw(z, category)
    twin = build_generator(training._config, 2)
    for variable, value in zip(
        twin.weights, training.checkpoint_items["drawing"], strict=True
    ):
        variable.assign(value)
    np.testing.assert_allclose(drawn, twin(z, category), atol=1e-6)
