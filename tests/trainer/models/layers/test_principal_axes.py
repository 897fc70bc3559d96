import numpy as np
import pytest

from trainer.models.layers.pca import principal_axes


@pytest.mark.parametrize("number", [1, 3, 9])
def test_axes_are_those_of_the_singular_values(number):
    rng = np.random.default_rng(2)
    features = rng.normal(size=(40, 5)) * [5, 1, 3, 2, 4]
    centred = features - features.mean(axis=0)
    _, singular, rows = np.linalg.svd(centred, full_matrices=False)
    variances, axes = principal_axes(centred, number)
    assert variances.shape == (min(5, number),)
    np.testing.assert_allclose(
        variances[::-1], singular[:number] ** 2 / len(centred)
    )
    np.testing.assert_allclose(
        np.abs(axes[:, ::-1]), np.abs(rows[:number].T), atol=1e-9
    )
