import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from trainer.models.towers.content_encoder import ContentEncoder
from trainer.models.towers.item_tower import ItemTower


def tower(**values):
    keras.utils.set_random_seed(1)
    return ItemTower(16, embedding_dim=6, projection_init_scale=2.0, **values)


@pytest.fixture
def photos():
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (9, 16, 16, 3)).astype(np.uint8)


def test_photos_enter_the_network_between_minus_1_and_1():
    pixels = np.array([0.0, 127.5, 255.0], np.float32)
    np.testing.assert_allclose(tower().rescale(pixels), [-1, 0, 1], atol=1e-6)


def test_phi_is_a_projection_of_what_the_network_says_of_the_photo(photos):
    model = tower()
    kernel, bias = model.projection.get_weights()
    scaled = (photos.astype(np.float32) - 127.5) / 127.5
    features = ops.convert_to_numpy(model.backbone(scaled, training=False))
    assert model.features_dim == features.shape[1] == 256
    np.testing.assert_allclose(
        model(photos), features @ kernel + bias, rtol=1e-3, atol=1e-5
    )


def test_bytes_and_numbers_are_the_same_photo(photos):
    model = tower()
    np.testing.assert_array_equal(
        model(photos), model(photos.astype(np.float32))
    )


def test_components_stand_between_network_and_projection(photos):
    model = tower(pca_components=5)
    raw = ops.convert_to_numpy(model.backbone_features(photos))
    assert raw.shape == (9, 256)
    model.components.fit(raw)
    features = ops.convert_to_numpy(model.features(photos))
    assert features.shape == (9, model.features_dim) == (9, 5)
    np.testing.assert_allclose(features, model.components(raw), rtol=1e-4)
    # The projection starts as the identity, times the scale.
    np.testing.assert_allclose(
        model(photos)[:, :5], 2.0 * features, rtol=1e-4, atol=1e-6
    )
    assert not ops.convert_to_numpy(model(photos))[:, 5:].any()


def test_photos_are_changed_in_training_only(photos):
    model = tower(augmentation=1.0)
    plain = tower()
    np.testing.assert_array_equal(model(photos), plain(photos))
    same = np.repeat(photos[:1], 4, axis=0)
    changed = ops.convert_to_numpy(model(same, training=True))
    assert not np.allclose(changed[0], changed[1:], rtol=1e-3)


def test_each_projection_has_weights_of_its_own():
    model = tower()
    kernel = model.projection.kernel.numpy()
    other = np.asarray(model.projection_initializer()(kernel.shape))
    assert not np.array_equal(kernel, other)
    limit = np.sqrt(6 / sum(kernel.shape))  # Glorot's.
    assert max(np.abs(kernel).max(), np.abs(other).max()) <= limit
    assert not model.projection.bias.numpy().any()


def content_tower(**values):
    """A tower of which neither modality is fitted, but all have features."""
    content = ContentEncoder(["attributes", "text"], 4)
    model = tower(content=content, **values)
    for bag in content.bags.values():
        bag.table.assign(np.random.default_rng(0).normal(size=bag.table.shape))
    return model


def test_features_of_the_image_come_before_those_of_the_content(photos):
    model = content_tower(pca_components=5)
    assert (model.image_dim, model.features_dim) == (5, 13)
    features = np.zeros((9, 13), np.float32)
    features[:, :5] = ops.convert_to_numpy(model.features(photos))
    # An image alone stands for all three modalities.
    kernel, bias = model.projection.get_weights()
    np.testing.assert_allclose(
        model(photos), 3 * features @ kernel + bias, rtol=1e-3, atol=1e-5
    )


def test_a_tower_may_do_without_images(photos):
    model = content_tower(backbone="none", pca_components=5)
    assert (model.image_dim, model.features_dim) == (0, 8)
    np.testing.assert_allclose(model(photos), [model.projection.bias] * 9)
    (features,) = np.array(model.content(tf.constant(["red dress"])))
    assert features.any()
    np.testing.assert_allclose(model.scaled(features[None])[0], features)
    features[:4] = 0
    np.testing.assert_allclose(model.scaled(features[None])[0], 2 * features)


def test_projections_of_content_start_equal_and_keep_norms():
    model = content_tower(pca_components=8)
    kernel = np.asarray(model.projection.kernel)
    other = model.projection_initializer()(kernel.shape)
    np.testing.assert_array_equal(kernel, other)
    # 16 features in 6 dimensions, at an initial scale of 2.
    np.testing.assert_allclose(
        kernel.T @ kernel, np.eye(6) * 4 * 16 / 6, atol=1e-4
    )
