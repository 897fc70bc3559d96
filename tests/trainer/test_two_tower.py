import keras
import numpy as np
import pytest
from keras import ops

from trainer.two_tower import TwoTower


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    return TwoTower("small", 16, 6, num_users=4)


@pytest.fixture
def batch():
    rng = np.random.default_rng(2)
    return {
        "user": np.array([0, 3, 3]),
        "positive": rng.integers(0, 256, (3, 16, 16, 3)).astype(np.uint8),
        "negative": rng.integers(0, 256, (3, 16, 16, 3)).astype(np.uint8),
    }


def test_a_score_is_the_product_of_the_two_embeddings(model, batch):
    positive, negative, users = model(batch, training=False)
    theta = ops.convert_to_numpy(model.user_tower.embeddings)[batch["user"]]
    np.testing.assert_allclose(users, theta)
    for scores, photos in (
        (positive, batch["positive"]),
        (negative, batch["negative"]),
    ):
        phi = model.item_tower(photos.astype(np.float32), training=False)
        np.testing.assert_allclose(
            scores, np.sum(theta * ops.convert_to_numpy(phi), axis=1), rtol=1e-4
        )


def test_photos_enter_the_network_between_minus_1_and_1(model):
    rescale = model.item_tower.get_layer("rescale")
    pixels = np.array([0.0, 127.5, 255.0], np.float32)
    np.testing.assert_allclose(rescale(pixels), [-1, 0, 1], atol=1e-6)


def test_users_start_uniform_between_0_and_a_hundredth():
    model = TwoTower("small", 16, 50, num_users=400)
    theta = ops.convert_to_numpy(model.user_tower.embeddings)
    assert theta.min() >= 0
    assert theta.max() <= 0.01
    np.testing.assert_allclose(theta.mean(), 0.005, rtol=0.02)
