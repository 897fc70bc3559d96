import dataclasses

import numpy as np
import pytest

from trainer.baselines.scaling import scaled_features


def scaled(data, features, whitening=0.5):
    replaced = dataclasses.replace(data, features=features)
    return np.asarray(scaled_features(replaced, whitening))


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_products_are_those_of_turned_and_divided_axes(small, whitening):
    centered = small.features - small.features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
    expected = left * sizes ** (1 - whitening)
    expected /= np.sqrt(np.mean(np.sum(expected**2, axis=1)))
    result = scaled(small, small.features, whitening)
    assert result.dtype == np.float32
    np.testing.assert_allclose(
        result @ result.T, expected @ expected.T, atol=1e-4
    )


def test_neither_scale_nor_offset_of_the_input_matters(small):
    result = scaled(small, small.features)
    moved = scaled(small, 1000 * small.features - 3)
    np.testing.assert_allclose(result @ result.T, moved @ moved.T, atol=1e-3)


def test_axes_without_any_difference_stay_finite(small):
    features = np.ones((small.num_items, 5))
    np.testing.assert_array_equal(scaled(small, features), 0)
    features[3, 0] = 2
    result = scaled(small, features)
    np.testing.assert_allclose(np.mean(np.sum(result**2, axis=1)), 1, rtol=1e-5)
