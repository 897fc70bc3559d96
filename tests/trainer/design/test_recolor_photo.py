"""The garment that a recolored photo must have."""

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.design import recolor_photo


def test_the_mask_has_the_size_of_the_photo(salient):
    salient(slice(100, 200), slice(100, 180))
    mask = recolor_photo.garment_mask(np.zeros((640, 320, 3), np.uint8), "x")
    assert mask.shape == (640, 320)
    assert mask[204:396, 104:176].all()
    assert not mask[:190].any()


@pytest.mark.parametrize(
    ("rows", "value", "shape"),
    [
        (slice(0, 0), 1.0, (640, 640, 3)),
        (slice(0, 320), 1.0, (640, 640, 3)),
        (slice(100, 200), 0.6, (640, 640, 3)),
        # Large enough, but between two pixels of a tiny photo.
        (slice(100, 130), 1.0, (2, 3, 3)),
    ],
)
def test_a_photo_without_a_garment_is_an_error(salient, rows, value, shape):
    salient(rows, slice(None), value)
    with pytest.raises(UserError, match="no garment stands out"):
        recolor_photo.garment_mask(np.zeros(shape, np.uint8), "x")
