import numpy as np
import pytest

from trainer.models.gan.reconstruction_loss import feature_distance
from trainer.models.gan.reconstruction_loss import pixel_distance


def test_features_are_compared_relative_to_the_usual_difference():
    rng = np.random.default_rng(0)
    photos = [rng.normal(size=(2, 3, 3, 4)), rng.normal(size=(2, 1, 1, 4))]
    made = [photos[0] + 0.5, photos[1] - 2.0]
    assert float(feature_distance(made, photos, [1.0, 4.0])) == pytest.approx(
        0.5
    )
    assert float(feature_distance(photos, photos, [1.0, 4.0])) == 0


def test_pixels_are_compared_at_full_size_and_at_16():
    """Noise that averages out is seen at full size alone."""
    photos = np.zeros((1, 64, 64, 3), np.float32)
    checks = np.indices((64, 64)).sum(0) % 2 * 2.0 - 1.0
    made = photos + 0.3 * checks[None, :, :, None].astype(np.float32)
    assert float(pixel_distance(made, photos)) == pytest.approx(0.3, abs=0.03)
    assert float(pixel_distance(photos + 0.3, photos)) == pytest.approx(0.6)
