import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.gan.spectral_conv import SpectralConv2D


@pytest.fixture
def conv():
    keras.utils.set_random_seed(0)
    layer = SpectralConv2D(5, 3, 2)
    layer.build((None, 8, 8, 4))
    layer.kernel.assign(7 * layer.kernel)
    return layer


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, 8, 8, 4)).astype(np.float32)


def largest(kernel):
    return np.linalg.svd(kernel.reshape(-1, 5), compute_uv=False)[0]


def test_divides_by_the_largest_singular_value(conv, images):
    for _ in range(50):
        conv(images, training=True)
    kernel = conv.kernel.numpy()
    expected = keras.ops.conv(images, kernel / largest(kernel), (2, 2), "same")
    np.testing.assert_allclose(conv(images), expected, rtol=1e-3, atol=1e-5)


def test_the_size_of_the_kernel_does_not_matter(conv, images):
    before = np.asarray(conv(images))
    conv.kernel.assign(3 * conv.kernel)
    np.testing.assert_allclose(conv(images), before, rtol=1e-4, atol=1e-5)


def test_only_training_follows_the_direction(conv, images):
    before = conv.direction.numpy()
    conv(images)
    np.testing.assert_array_equal(conv.direction, before)
    conv(images, training=True)
    assert np.abs(conv.direction.numpy() - before).max() > 0
    assert np.linalg.norm(conv.direction) == pytest.approx(1, abs=1e-5)


def test_the_gradient_goes_through_the_division(conv, images):
    """Along the kernel itself nothing changes, so its gradient is across it."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(conv(images) ** 2)
    gradient = tape.gradient(loss, conv.kernel.value).numpy()
    kernel = conv.kernel.numpy()
    cosine = np.sum(gradient * kernel) / (
        np.linalg.norm(gradient) * np.linalg.norm(kernel)
    )
    assert np.linalg.norm(gradient) > 1e-3
    assert cosine == pytest.approx(0, abs=1e-4)


def test_in_bfloat16_the_direction_is_followed_as_in_float32(conv, images):
    before = conv.direction.numpy()
    exact = np.asarray(conv(images, training=True))
    followed = conv.direction.numpy()
    conv.direction.assign(before)
    conv.dtype_policy = "mixed_bfloat16"
    rounded = conv(images, training=True)
    assert rounded.dtype == tf.bfloat16
    np.testing.assert_allclose(conv.direction, followed, atol=1e-2)
    np.testing.assert_allclose(
        tf.cast(rounded, tf.float32), exact, atol=0.02 * np.abs(exact).max()
    )
