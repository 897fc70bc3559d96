import keras
import numpy as np
import pytest
from keras import ops

from trainer.models.layers.pca import WHITENING
from trainer.models.layers.pca import PrincipalComponents


def fitted(features, size):
    layer = PrincipalComponents(size)
    layer.build((None, features.shape[1]))
    layer.fit(features)
    return layer


@pytest.fixture
def features():
    """Directions of very different variance, far from zero."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 7)) * np.geomspace(10.0, 0.1, 7)
    mixed = values @ np.linalg.qr(rng.normal(size=(7, 7)))[0] + 30.0
    return mixed.astype(np.float32)


def by_svd(features, size):
    """Unit rows of components that keep a part of their variance."""
    centered = features - features.mean(axis=0, dtype=np.float64)
    left, singular, _ = np.linalg.svd(centered, full_matrices=False)
    scaled = (left * singular)[:, :size] * (
        singular[:size] / np.sqrt(len(features))
    ) ** (-WHITENING)
    return scaled / np.linalg.norm(scaled, axis=1, keepdims=True)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_components_are_those_of_the_singular_values(features, size):
    result = ops.convert_to_numpy(fitted(features, size)(features))
    expected = by_svd(features, size)
    signs = np.sign((result * expected).sum(axis=0))
    np.testing.assert_allclose(result, expected * signs, atol=2e-4)


def test_the_sign_does_not_depend_on_the_order_of_the_rows(features):
    first, second = fitted(features, 4), fitted(features[::-1], 4)
    np.testing.assert_allclose(
        first.components.numpy(),
        second.components.numpy(),
        rtol=1e-3,
        atol=1e-5,
    )


def test_products_are_cosines_and_the_identity_keeps_them(features):
    """What is trained starts from the ranking by visual similarity."""
    units = ops.convert_to_numpy(fitted(features, 5)(features))
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1, rtol=1e-5)
    kernel = ops.convert_to_numpy(keras.initializers.Identity(4.0)((5, 5)))
    np.testing.assert_array_equal(kernel, 4 * np.eye(5))
    np.testing.assert_allclose(
        (units @ kernel) @ (units @ kernel).T, 16 * units @ units.T, rtol=1e-4
    )


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
def test_fewer_dimensions_keep_the_first_components(shape):
    kernel = ops.convert_to_numpy(keras.initializers.Identity(2.0)(shape))
    np.testing.assert_array_equal(kernel, 2 * np.eye(*shape))


def test_constant_features_give_zeros():
    features = np.full((9, 4), 3.0, np.float32)
    result = ops.convert_to_numpy(fitted(features, 2)(features))
    np.testing.assert_array_equal(result, np.zeros((9, 2)))


@pytest.mark.parametrize(("items", "size"), [(3, 6), (4, 7), (40, 9)])
def test_components_that_do_not_vary_are_left_out(features, items, size):
    """Of fewer items than components, and of more components than features."""
    some = features[:items]
    layer = fitted(some, size)
    rank = min(items - 1, 7)
    components = layer.components.numpy()
    assert components[:, :rank].any(axis=0).all()
    assert not components[:, rank:].any()
    result = ops.convert_to_numpy(layer(some))
    np.testing.assert_allclose(np.linalg.norm(result, axis=1), 1, rtol=1e-4)


def test_a_feature_that_is_constant_adds_no_noise(features):
    with_constant = np.concatenate(
        [features, np.full((50, 2), 7.0, np.float32)], axis=1
    )
    result = ops.convert_to_numpy(fitted(with_constant, 9)(with_constant))
    np.testing.assert_allclose(
        np.abs(result[:, :7]), np.abs(by_svd(features, 7)), atol=1e-3
    )
    assert not result[:, 7:].any()


def test_components_are_not_trained():
    layer = PrincipalComponents(2)
    layer.build((None, 3))
    assert not layer.trainable_variables
    assert len(layer.weights) == 2
