import numpy as np
import pytest
import tensorflow as tf

from trainer.models.composition.compose import compose
from trainer.models.composition.cut import Cut
from trainer.models.composition.cut import make_cut
from trainer.models.composition.lab_color import rgb_to_lab

GREEN = np.array([[[55.0, -40.0, 25.0]]], np.float32)


@pytest.fixture(scope="module")
def cut(garment):
    return make_cut(*garment((0.7, 0.2, 0.2)))


def test_the_background_is_white_and_the_mask_is_kept(cut, garment):
    _, mask = garment((0.7, 0.2, 0.2))
    image = np.asarray(compose(cut, GREEN))
    assert (image[cut.alpha[..., 0] == 0] == 1.0).all()
    assert ((cut.alpha[..., 0] > 0.5) == mask).mean() > 0.99
    assert image[mask][:, 0].mean() < 0


def test_the_own_color_gives_the_own_image(cut, garment):
    image, _ = garment((0.7, 0.2, 0.2))
    np.testing.assert_allclose(
        np.asarray(compose(cut, cut.color))[25:50, 14:29],
        image[25:50, 14:29],
        atol=0.12,
    )


@pytest.mark.parametrize("lightness", [10.0, 50.0, 90.0])
def test_the_order_of_the_shading_is_kept(cut, lightness):
    cloth = np.array([[[lightness, 5.0, -5.0]]], np.float32)
    light = rgb_to_lab(compose(cut, cloth))[25:50, 12:50, 0]
    rows = np.asarray(light).reshape(-1)
    order = np.argsort(cut.shading[25:50, 12:50].reshape(-1))
    assert (np.diff(rows[order]) > -1e-2).all()


def test_a_trim_keeps_its_color(cut):
    image = np.asarray(compose(cut, GREEN))
    np.testing.assert_allclose(image[18:20, 18:20], 0.94, atol=0.05)


def test_a_batch_is_its_rows(cut):
    cloths = np.stack([GREEN, cut.color])
    batch = Cut(*(np.stack([layer, layer]) for layer in cut))
    images = compose(batch, cloths)
    for image, cloth in zip(images, cloths, strict=True):
        np.testing.assert_allclose(image, compose(cut, cloth), atol=1e-5)


def test_the_gradient_points_to_the_color(cut):
    target = compose(cut, GREEN)
    color = tf.constant(GREEN + 5.0)
    with tf.GradientTape() as tape:
        tape.watch(color)
        loss = tf.reduce_mean((compose(cut, color) - target) ** 2)
    slope = tape.gradient(loss, color).numpy()
    assert (slope[0, 0, :2] > 0).all()
    assert np.isfinite(slope).all()
