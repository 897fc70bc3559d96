import numpy as np
import pytest
import tensorflow as tf

from trainer.metrics.generative import feature_extractor
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.layers.resize import resized


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (3, 16, 16, 3)).astype("f4")


@pytest.mark.slow
def test_it_is_the_network_of_the_enlarged_images(images, imagenet_looks):
    larger = tf.image.resize(
        images, (feature_extractor.SIDE, feature_extractor.SIDE)
    )
    expected = efficientnet_lite0(feature_extractor.SIDE)(larger).numpy()
    assert extract_features(images) == pytest.approx(expected, abs=1e-4)


def test_batches_change_nothing(images, monkeypatch):
    whole = extract_features(images)
    monkeypatch.setattr(feature_extractor, "_BATCH", 2)
    assert extract_features(images) == pytest.approx(whole, abs=1e-4)
    assert whole.shape == (3, 1280)


def test_no_images_have_no_features(images):
    assert extract_features(images[:0]).shape == (0, 1280)


def test_smaller_is_the_mean_of_what_was_there(images):
    """A plain bilinear sample would skip pixels."""
    stripes = np.zeros((1, 16, 16, 3), np.float32)
    stripes[:, ::4] = 1.0
    result = resized(stripes, 4).numpy()
    assert result == pytest.approx(np.full((1, 4, 4, 3), 0.25), abs=0.12)
    assert resized(images, 16) is images
