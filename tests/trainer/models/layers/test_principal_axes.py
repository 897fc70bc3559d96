import numpy as np
import pytest

from trainer.models.layers.pca import principal_axes


@pytest.mark.parametrize("num_axes", [1, 3, 9])
def test_axes_are_those_of_the_singular_values(num_axes):
    rng = np.random.default_rng(2)
    features = rng.normal(size=(40, 5)) * [5, 1, 3, 2, 4]
    centered = features - features.mean(axis=0)
    _, singular, rows = np.linalg.svd(centered, full_matrices=False)
    variances, axes = principal_axes(centered, num_axes)
    assert variances.shape == (min(5, num_axes),)
    np.testing.assert_allclose(
        variances[::-1], singular[:num_axes] ** 2 / len(centered)
    )
    np.testing.assert_allclose(
        np.abs(axes[:, ::-1]), np.abs(rows[:num_axes].T), atol=1e-9
    )
