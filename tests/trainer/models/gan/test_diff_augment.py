"""Each change against a plain one in numpy, and its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.models.gan.diff_augment import CHANGES
from trainer.models.gan.diff_augment import DRAWS
from trainer.models.gan.diff_augment import diff_augment

SIZE = 16


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (5, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture
def draws():
    rng = np.random.default_rng(1)
    return rng.uniform(size=(5, DRAWS)).astype(np.float32)


def test_colours(images, draws):
    changed = np.asarray(diff_augment(images, draws, ["colour"]))
    for image, draw, found in zip(images, draws, changed, strict=True):
        expected = image + draw[0] - 0.5
        grey = expected.mean(axis=2, keepdims=True)
        expected = grey + (expected - grey) * 2 * draw[1]
        expected = expected.mean() + (expected - expected.mean()) * (
            draw[2] + 0.5
        )
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("draw", "shift"), [(0.0, -2), (0.19, -2), (0.21, -1), (0.5, 0), (0.99, 2)]
)
def test_translation_by_up_to_an_eighth(images, draws, draw, shift):
    draws[:, 3], draws[:, 4] = draw, 0.99
    changed = np.asarray(diff_augment(images, draws, ["translation"]))
    expected = np.ones_like(images)
    for row in range(SIZE):
        for column in range(SIZE):
            source = row - shift, column - 2
            if 0 <= source[0] < SIZE and 0 <= source[1] < SIZE:
                expected[:, row, column] = images[:, source[0], source[1]]
    np.testing.assert_allclose(changed, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("draw", "columns"), [(0.0, slice(4)), (0.999, slice(12, None))]
)
def test_a_hole_of_half_the_side(images, draws, draw, columns):
    draws[:, 5], draws[:, 6] = 0.5, draw
    changed = np.asarray(diff_augment(images, draws, ["cutout"]))
    expected = images.copy()
    expected[:, 4:12, columns] = 1.0  # About row 8, and either border.
    np.testing.assert_allclose(changed, expected, atol=1e-6)


def test_images_are_changed_each_by_its_own_draw(images, draws):
    changed = np.asarray(diff_augment(images[[0] * 5], draws, list(CHANGES)))
    for index in range(1, 5):
        assert np.abs(changed[0] - changed[index]).max() > 0.1


def test_nothing_asked_for_is_nothing_changed(images, draws):
    assert diff_augment(images, draws, []) is images


@pytest.mark.parametrize("name", CHANGES)
def test_gradients_go_through(images, draws, name):
    """Each change is linear: the gradient says how much of an image is left."""
    variable = tf.constant(images)
    direction = np.random.default_rng(2).normal(size=images.shape)
    direction = direction.astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = tf.reduce_sum(diff_augment(variable, draws, [name]) * direction)
    gradient = tape.gradient(value, variable).numpy()
    step = np.random.default_rng(3).normal(size=images.shape)
    step = step.astype(np.float32)
    ahead, behind = (
        np.sum(
            np.asarray(
                diff_augment(images + sign * step, draws, [name]), np.float64
            )
            * direction
        )
        for sign in (0.5, -0.5)
    )
    assert np.sum(gradient * step, dtype=np.float64) == pytest.approx(
        ahead - behind, rel=1e-3, abs=1e-2
    )
