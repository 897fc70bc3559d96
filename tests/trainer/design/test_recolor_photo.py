"""The masks of a recolored photo, of garments of few pixels."""

import types

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.design import recolor_photo


def test_a_garment_thinner_than_a_pixel_keeps_its_mask():
    photo = np.full((400, 300, 3), 200, np.uint8)
    mask = np.zeros((400, 300), bool)
    mask[200] = True
    image, small = recolor_photo._square(photo, mask, 64)
    assert image.shape == (64, 64, 3)
    assert small[31:33].any()
    assert not small[:30].any()
    assert not small[34:].any()


def test_a_garment_that_a_tiny_photo_misses_is_an_error(monkeypatch):
    saliency = np.zeros((320, 320), np.float32)
    saliency[100:108, 100:108] = 1.0
    monkeypatch.setattr(
        recolor_photo,
        "GarmentCutter",
        lambda: types.SimpleNamespace(saliency=lambda _: tf.constant(saliency)),
    )
    mask = recolor_photo.garment_mask(np.zeros((640, 640, 3), np.uint8), "x")
    assert mask[200:216, 200:216].mean() > 0.5
    with pytest.raises(UserError, match="no garment stands out"):
        recolor_photo.garment_mask(np.zeros((3, 3, 3), np.uint8), "x")
