"""The share of a garment in the pixels at its edge."""

import numpy as np
import pytest

from trainer.models.composition.matte import matte

RED, GRAY = np.float32([0.6, -0.6, -0.6]), np.float32([0.3, 0.3, 0.3])


def soft_edge(garment, floor):
    """A garment on the left whose edge is one mixed pixel, and its mask."""
    share = np.clip((60 - np.arange(100)) / 2, 0, 1).astype(np.float32)
    share = np.tile(share[None, :, None], (100, 1, 1))
    image = share * garment + (1 - share) * floor
    return image, share, share[..., 0] > 0


def test_the_share_is_that_of_the_colors():
    image, share, mask = soft_edge(RED, GRAY)
    garment = np.broadcast_to(RED, image.shape)
    alpha = mask[..., None].astype(np.float32)
    found = matte(image, garment, mask, alpha)[2:-2, 2:]
    # The colors are hardly trusted where they differ by less than noise.
    np.testing.assert_allclose(found, share[2:-2, 2:], atol=0.02)


def test_a_floor_of_the_same_color_leaves_the_mask():
    image, _, mask = soft_edge(GRAY, GRAY)
    alpha = np.where(mask, 0.7, 0.0)[..., None].astype(np.float32)
    found = matte(image, image, mask, alpha).numpy()[2:-2, 2:, 0]
    np.testing.assert_array_equal(found[:, :57], 1.0)
    np.testing.assert_allclose(found[:, 57], 0.7, atol=1e-3)
    np.testing.assert_array_equal(found[:, 58:], 0.0)


@pytest.mark.parametrize("covered", [True, False])
def test_a_mask_of_all_or_of_one_pixel_has_shares(covered):
    mask = np.full((20, 20), covered)
    mask[7, 8] = True
    image = np.random.default_rng(0).uniform(-1, 1, (20, 20, 3))
    image = image.astype(np.float32)
    alpha = mask[..., None].astype(np.float32)
    found = matte(image, image[::-1], mask, alpha).numpy()
    assert np.isfinite(found).all()
    assert found[7, 8] > 0 or not covered
