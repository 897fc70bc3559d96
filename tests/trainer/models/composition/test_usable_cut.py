import numpy as np

from trainer.models.composition.cut import make_cut
from trainer.models.composition.usable_cut import is_usable


def test_a_plain_garment_is_usable(garment):
    assert is_usable(make_cut(*garment((0.7, 0.3, 0.2))))


def test_a_small_garment_is_not(garment):
    image, mask = garment((0.7, 0.3, 0.2))
    mask[:, 18:] = False
    assert not is_usable(make_cut(image, mask))


def test_a_torn_mask_is_not(garment):
    image, mask = garment((0.7, 0.3, 0.2))
    torn = mask & (np.arange(len(mask)) % 12 >= 3)
    assert not is_usable(make_cut(image, torn))


def test_two_colors_are_not(garment):
    image, mask = garment((0.7, 0.3, 0.2))
    image[:, 40:] = [-0.8, -0.2, 0.8]
    assert not is_usable(make_cut(image, mask))


def test_a_silhouette_is_not(garment):
    image, mask = garment((0.0, 0.0, 0.0))
    assert not is_usable(make_cut(np.full_like(image, -1.0), mask))


def test_a_pattern_is_not(dotted):
    assert not is_usable(make_cut(*dotted))
