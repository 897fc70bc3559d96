"""A photo whose garment is put into another cloth."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.models.composition import recolor
from trainer.models.composition.cloth import make_cloth
from trainer.models.composition.cut import make_cut
from trainer.models.composition.lab_color import rgb_to_lab

RED = (0.7, 0.2, 0.2)
BLUE = np.array([35.0, 20.0, -50.0], np.float32)


@pytest.fixture(scope="module")
def photo(garment):
    """A photo that is wider than high, and its mask."""
    image, mask = garment(RED)
    pixels = np.round((image + 1.0) * 127.5).astype(np.uint8)
    return np.pad(pixels, [(0, 0), (7, 8), (0, 0)], mode="edge"), np.pad(
        mask, [(0, 0), (7, 8)]
    )


@pytest.fixture(scope="module")
def put():
    """`put_into_cloth` in a graph, traced once for all shapes."""
    return tf.function(
        recolor.put_into_cloth,
        input_signature=[
            tf.TensorSpec([None, None, 3], tf.uint8),
            tf.TensorSpec([None, None], tf.bool),
            tf.TensorSpec([3]),
            tf.TensorSpec([None, None, 3]),
            tf.TensorSpec([], tf.int32),
        ],
    )


@pytest.fixture(scope="module")
def cut(photo):
    return recolor.photo_cut(*photo, 48)


def test_the_cut_fills_its_image(cut):
    rows = np.flatnonzero((cut.alpha.numpy()[..., 0] > 0.5).any(axis=1))
    assert cut.alpha.shape == (48, 48, 1)
    assert 1 <= rows[0] <= 3
    assert 44 <= rows[-1] <= 46


def test_the_own_color_gives_the_photo(photo, cut, put):
    own = cut.color[0, 0]
    np.testing.assert_array_equal(put(*photo, own, cut.color, 512), photo[0])


@pytest.mark.parametrize("max_side", [512, 40])
def test_the_garment_alone_changes_its_color(photo, cut, put, max_side):
    pixels, mask = photo
    after = put(*photo, cut.color[0, 0], BLUE[None, None], max_side).numpy()
    assert after.shape == pixels.shape
    np.testing.assert_array_equal(after, np.round(after))
    floor = ~np.pad(mask, 4)[4:-4, 4:-4]
    floor[4:60, 11:70] = False
    np.testing.assert_array_equal(after[floor], pixels[floor])
    middle = rgb_to_lab(after[28:50, 20:34] / 127.5 - 1.0)
    np.testing.assert_allclose(
        np.median(middle, axis=(0, 1))[1:] / BLUE[1:], 1.0, atol=0.35
    )
    # The white label stays.
    assert after[18:20, 25:27].min() > 200


def test_the_pattern_appears_above_half_the_strength(cut, dotted):
    own = cut.color[0, 0].numpy()
    dots = make_cloth(make_cut(*dotted), np.random.default_rng(0))
    for strength, moved in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0)):
        lab = recolor.strengthened(own, dots.color, dots.lab, strength)
        expected = own + moved * (dots.color - own)
        np.testing.assert_allclose(lab[3, 5], expected, atol=1e-4)
    half = recolor.strengthened(own, dots.color, dots.lab, 0.75)
    np.testing.assert_allclose(half, (dots.lab + dots.color) / 2, atol=1e-4)
    whole = recolor.strengthened(own, dots.color, dots.lab, 1.0)
    np.testing.assert_allclose(whole, dots.lab, atol=1e-4)


def test_a_garment_thinner_than_a_pixel_keeps_its_mask():
    photo = np.full((400, 300, 3), 200, np.uint8)
    mask = np.zeros((400, 300), bool)
    mask[200] = True
    box = tf.constant([0, 0]), tf.constant([400, 300])
    image, small = recolor._square(photo, mask, *box, 64)
    assert image.shape == (64, 64, 3)
    assert small[31:33].numpy().any()
    assert not small[:30].numpy().any()
    assert not small[34:].numpy().any()
