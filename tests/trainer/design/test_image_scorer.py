"""Preference scores of images."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (70, 8, 8, 3)).astype("f4")


def test_a_preference_is_theta_times_phi_of_the_resized_image(
    item_tower, images
):
    preference = Preference([Tower(item_tower, 16)], 8)
    photos = (tf.image.resize(images, (16, 16)) + 1.0) * 127.5
    phi = item_tower(photos).numpy()
    theta = np.array([0.5, -1.0, 2.0], np.float32)
    assert preference.embed(images).numpy() == pytest.approx(phi, abs=1e-4)
    assert preference.embed_many(images) == pytest.approx(phi, abs=1e-4)
    result = preference.score(images, theta).numpy()
    assert result == pytest.approx(phi @ theta, abs=1e-4)
