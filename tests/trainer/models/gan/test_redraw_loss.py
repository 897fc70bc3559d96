import numpy as np
import pytest

from trainer.models.gan.redraw_loss import redraw_loss

RNG = np.random.default_rng(0)
PHOTOS, OTHERS = RNG.uniform(-1, 1, (2, 4, 32, 32, 3)).astype(np.float32)
LOOK, OTHER_LOOK = (
    [RNG.normal(size=(4, side, side, 2)).astype(np.float32) for side in (4, 2)]
    for _ in range(2)
)


def coarse(images):
    return images.reshape(4, 16, 2, 16, 2, 3).mean(axis=(2, 4))


def relative(made, photos):
    difference = np.abs(made[::2] - photos[::2]).mean()
    return difference / np.abs(photos - np.roll(photos, 1, axis=0)).mean()


def test_features_and_pixels_are_compared_relative_to_other_photos():
    features = [
        relative(made, photo)
        for made, photo in zip(OTHER_LOOK, LOOK, strict=True)
    ]
    pixels = relative(OTHERS, PHOTOS), relative(coarse(OTHERS), coarse(PHOTOS))
    assert float(
        redraw_loss(OTHERS, PHOTOS, OTHER_LOOK, LOOK)
    ) == pytest.approx(np.mean(features) + np.mean(pixels), rel=1e-5)


def test_only_every_second_row_is_redrawn():
    made, look = PHOTOS.copy(), [one.copy() for one in LOOK]
    made[1::2] = OTHERS[1::2]
    for one, other in zip(look, OTHER_LOOK, strict=True):
        one[1::2] = other[1::2]
    assert float(redraw_loss(made, PHOTOS, look, LOOK)) == 0


def test_a_batch_of_equal_photos_has_a_finite_loss():
    same = np.zeros((2, 16, 16, 3), np.float32)
    assert float(redraw_loss(same, same, [same], [same])) == 0
