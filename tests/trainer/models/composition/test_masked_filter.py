"""Filters of any image size in TensorFlow ops, against those of SciPy."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from trainer.models.composition import masked_filter

SHAPES = [(1, 1), (2, 5), (23, 17)]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def image(request):
    rng = np.random.default_rng(0)
    return rng.normal(size=(*request.param, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def mask(image):
    smooth = ndimage.gaussian_filter(image[..., 0], 2.0)
    return smooth >= np.median(smooth)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.6, 1.7, 6.0])
def test_blur(image, sigma):
    expected = ndimage.gaussian_filter(image, (sigma, sigma, 0), truncate=3.0)
    blurred = masked_filter.blur(image, sigma)
    # SciPy mirrors an image any number of times, this filter twice.
    if 3 * sigma <= 2 * min(image.shape[:2]):
        np.testing.assert_allclose(blurred, expected, atol=1e-5)


def test_blur_of_a_constant_is_the_constant(image):
    constant = np.full_like(image, 3.0)
    blurred = masked_filter.blur(constant, 40.0)
    np.testing.assert_allclose(blurred, constant, rtol=1e-5)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_dilation_and_erosion(mask, steps):
    for ours, other in (
        (masked_filter.dilate, ndimage.binary_dilation),
        (masked_filter.erode, ndimage.binary_erosion),
    ):
        expected = other(mask, iterations=steps) if steps else mask
        np.testing.assert_array_equal(ours(mask, steps), expected)


def test_the_nearest_known_pixel(mask):
    # In a graph the loop is not one of Python.
    nearest = tf.function(masked_filter.nearest_known)(mask)
    expected = ndimage.distance_transform_edt(
        ~mask, return_distances=False, return_indices=True
    )
    np.testing.assert_array_equal(nearest, np.moveaxis(expected, 0, -1))
