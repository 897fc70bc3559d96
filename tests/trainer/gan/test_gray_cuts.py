"""Cuts of three items: one plain, one without a mask, one torn to shreds."""

import io
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.io.errors import UserError
from trainer.gan import gray_cuts
from trainer.gan.gray_cuts import load_gray_cuts


def png(mask):
    encoded = io.BytesIO()
    Image.fromarray(mask).save(encoded, "PNG")
    return encoded.getvalue()


@pytest.fixture
def load(garment, monkeypatch):
    """Returns load(masks) of three images of one red garment."""
    image, _ = garment((0.7, 0.2, 0.2))
    images = tf.constant(np.round((image[None] + 1) * 127.5), tf.uint8)
    photos = types.SimpleNamespace(
        image_size=64, take=lambda items: tf.repeat(images, len(items), axis=0)
    )

    def load(masks):
        monkeypatch.setattr(gray_cuts, "read_items", lambda *_: masks)
        return load_gray_cuts("data/x", photos, image_size=32)

    return load


def test_plain_garments_are_gray_on_white(load, garment):
    _, mask = garment((0.7, 0.2, 0.2))
    shreds = np.zeros_like(mask)
    shreds[::8] = True
    usable, cuts = load([png(mask), b"", png(shreds)])
    assert usable.tolist() == [True, False, False]
    (image,) = cuts.take(tf.constant([0])).numpy()
    assert image.shape == (32, 32, 3)
    assert (image == image[..., :1]).all()
    assert image[0, 0, 0] == 255
    assert image[8:24, 8:24].mean() == pytest.approx(0.52 * 255, abs=8)


def test_data_without_masks_are_refused(load):
    with pytest.raises(UserError, match="data/x has no masks of the garments"):
        load([b"", b"", b""])
