import numpy as np
import pytest
import tensorflow as tf

from atelier.segmentation.cut_out import TOO_LARGE
from atelier.segmentation.cut_out import TOO_SMALL
from atelier.segmentation.cut_out import TORN
from atelier.segmentation.cut_out import cut_out
from atelier.segmentation.garment_cutter import opacity


def photo_with(box, shape=(120, 90)):
    """A red garment on a green floor, and its mask."""
    mask = np.zeros(shape, np.float32)
    mask[box] = 1.0
    photo = np.where(mask[..., None] > 0, [200, 0, 0], [0, 200, 0])
    return photo.astype(np.uint8), mask


@pytest.mark.parametrize(
    "box", [np.s_[10:90, 20:60], np.s_[60:120, 0:30], np.s_[40:60, 5:85]]
)
def test_a_garment_is_centered_on_white_at_a_common_scale(box):
    photo, mask = photo_with(box)

    image, stored, reason = cut_out(photo, mask, False, 50)

    assert reason == ""
    image = image.numpy().astype(int)
    rows, columns = (
        np.flatnonzero(stored.numpy().any(axis)) for axis in (1, 0)
    )
    longest = max(len(rows), len(columns))
    assert longest == 46  # A margin of 4 % on each side.
    for lines in (rows, columns):
        assert abs(lines[0] + lines[-1] - 49) <= 1
    assert (image[~stored.numpy()] >= [200, 100, 100]).all()
    # No floor at the edge: green never exceeds red.
    assert (image[..., 1] <= image[..., 0]).all()
    np.testing.assert_array_equal(image[25, 25], [200, 0, 0])


def test_a_mask_of_another_size_is_stretched_over_the_photo():
    photo, mask = photo_with(np.s_[12:108, 15:75])
    small = cut_out(photo, mask[1::3, 1::3], False, 48)
    np.testing.assert_allclose(small.mask, cut_out(photo, mask, False, 48).mask)


@pytest.mark.parametrize(
    ("box", "torn", "reason"),
    [
        (np.s_[0:10, 0:10], False, TOO_SMALL),
        (np.s_[0:0, 0:0], False, TOO_SMALL),
        (np.s_[0:120, 0:88], False, TOO_LARGE),
        (np.s_[10:90, 20:60], True, TORN),
    ],
)
def test_an_implausible_mask_keeps_the_photo(box, torn, reason):
    assert cut_out(*photo_with(box), torn, 32).reason == reason


def test_islands_are_dropped_and_holes_are_filled():
    saliency = np.zeros((160, 160), np.float32)
    saliency[20:100, 20:100] = 1.0
    saliency[60:64, 60:64] = 0.0  # A hole.
    saliency[40:80, 120:140] = 1.0  # A second shoe.
    saliency[140:148, 8:20] = 1.0  # An island.
    wanted = saliency.copy()
    wanted[60:64, 60:64] = 1.0
    wanted[140:148, 8:20] = 0.0

    alpha, torn = opacity(tf.constant(saliency))

    assert not torn
    np.testing.assert_array_equal(alpha, wanted)


def test_an_undecided_network_has_torn_the_garment():
    saliency = np.zeros((80, 80), np.float32)
    saliency[20:60, 20:60] = np.linspace(0, 1, 40)
    assert opacity(tf.constant(saliency))[1]
