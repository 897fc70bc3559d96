import numpy as np
import pytest
import tensorflow as tf

from trainer.models.composition.lab_color import LIGHT
from trainer.models.composition.lab_color import lab_to_rgb
from trainer.models.composition.lab_color import rgb_to_lab


def textbook_lab(rgb):
    """CIE 15 and IEC 61966-2-1, one color at a time."""
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb
    ]
    matrix = [
        (0.4124564, 0.3575761, 0.1804375),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339, 0.1191920, 0.9503041),
    ]
    f = []
    for row, white in zip(matrix, (0.95047, 1.0, 1.08883), strict=True):
        t = sum(a * b for a, b in zip(row, linear, strict=True)) / white
        f.append(
            t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        )
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.fixture(scope="module")
def colors():
    corners = np.stack(np.meshgrid(*[[0, 0.01, 0.5, 1]] * 3), -1).reshape(-1, 3)
    return corners.astype(np.float32)


def test_lab_is_that_of_the_standard(colors):
    expected = [textbook_lab(rgb) for rgb in colors.tolist()]
    np.testing.assert_allclose(rgb_to_lab(2 * colors - 1), expected, atol=2e-2)


def test_red_of_srgb():
    np.testing.assert_allclose(
        rgb_to_lab(np.array([1, -1, -1], np.float32)),
        [53.24, 80.09, 67.20],
        atol=0.02,
    )


def test_there_and_back(colors):
    rgb = 2 * colors - 1
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-4)


def test_light_is_a_factor():
    linear = np.array([0.3, 0.2, 0.1])
    bright, dark = (
        rgb_to_lab((2 * (s * linear) ** (1 / 2.4) - 1).astype(np.float32))
        for s in (1.0, 0.5)
    )
    ratio = (dark + LIGHT) / (bright + LIGHT)
    np.testing.assert_allclose(ratio, np.full(3, ratio[0]), rtol=0.06)


def test_gradients_are_finite_at_black_and_white(colors):
    lab = tf.constant(rgb_to_lab(2 * colors - 1))
    with tf.GradientTape() as tape:
        tape.watch(lab)
        total = tf.reduce_sum(lab_to_rgb(lab))
    assert np.isfinite(tape.gradient(total, lab)).all()
