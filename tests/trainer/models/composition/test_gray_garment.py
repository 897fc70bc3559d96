import numpy as np
import pytest

from trainer.models.composition.gray_garment import MAX_SHADING
from trainer.models.composition.gray_garment import gray_garment


def test_a_garment_is_gray_on_white():
    alpha = np.array([0.0, 1.0, 0.5], np.float32).reshape(3, 1, 1, 1)
    images = np.asarray(gray_garment(alpha, np.zeros_like(alpha)))
    assert images.shape == (3, 1, 1, 3)
    assert (images == images[..., :1]).all()
    white, gray, mixed = images[:, 0, 0, 0]
    assert white == 1
    assert gray == pytest.approx(2 * 0.52 - 1)
    assert mixed == pytest.approx((white + gray) / 2)


def test_light_scales_the_gray_within_bounds():
    shading = np.array([-9, -0.2, 0.3, 9], np.float32).reshape(4, 1, 1, 1)
    images = np.asarray(gray_garment(np.ones_like(shading), shading))
    bounded = np.clip(shading, -MAX_SHADING, MAX_SHADING)
    expected = 2 * 0.52 * np.exp(bounded) - 1
    np.testing.assert_allclose(images[..., :1], expected, rtol=1e-5)
    assert images.max() < 0.8, "a garment that light turns white"
