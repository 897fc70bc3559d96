"""Generated cuts of the size of photos, without wobbles, rims and specks."""

import numpy as np
import pytest

from trainer.design.enlarge_cuts import _lit_from_inside
from trainer.design.enlarge_cuts import _smooth
from trainer.design.enlarge_cuts import _without_dots
from trainer.design.enlarge_cuts import _without_specks
from trainer.design.enlarge_cuts import enlarge_cuts

SIDE = 16


def test_a_cut_has_the_size_of_a_photo_and_one_color():
    alpha = np.zeros((2, SIDE, SIDE, 1), np.float32)
    alpha[:, 4:12, 4:12] = 1
    shading = np.full_like(alpha, 0.2)
    one, two = enlarge_cuts(alpha, shading, 96)
    assert one.image.shape == (96, 96, 3)
    assert one.alpha.dtype == one.shading.dtype == np.float32
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_allclose(one.shading[30:60, 30:60], 0.2, atol=1e-6)
    assert one.alpha[36:60, 36:60].min() == 1
    assert one.alpha[:16].max() == 0


def test_an_outline_that_wobbles_is_made_smooth():
    alpha = np.zeros((192, 192, 1), np.float32)
    alpha[:, 60:] = 1
    alpha[::3, 58:60] = 1
    smooth = _smooth(alpha)[..., 0]
    places = 192 - smooth[10:-10].sum(axis=1)
    assert np.ptp(places) < 0.3
    assert places.mean() == pytest.approx(60 - 2 / 3, abs=0.3)
    half = (smooth[96] > 0) & (smooth[96] < 1)
    assert 1 <= half.sum() <= 3


def test_the_rim_has_the_light_of_the_inside():
    alpha = np.zeros((192, 192, 1), np.float32)
    alpha[40:150, 40:150] = 1
    shading = np.full((192, 192, 1), 0.5, np.float32)
    shading[41:149, 41:149] = -0.1
    lit = _lit_from_inside(shading, alpha)
    np.testing.assert_allclose(lit[40:150, 40:150], -0.1, atol=0.06)


def test_dots_are_removed_and_slopes_stay():
    slope = np.linspace(-1, 1, SIDE, dtype=np.float32)[None, :, None, None]
    slope = np.tile(slope, (1, 1, SIDE, 1))
    dots = (-1.0) ** np.arange(SIDE)[None, None, :, None]
    smooth = _without_dots(slope + 0.1 * dots).numpy()
    np.testing.assert_allclose(smooth[:, 1:-1], slope[:, 1:-1], atol=1e-6)


def test_specks_are_removed_and_pairs_stay():
    shoes = np.zeros((SIDE, SIDE, 1), np.float32)
    shoes[2:14, 2:6] = shoes[2:10, 8:12] = 1
    specks = shoes.copy()
    specks[1:3, 14:] = 0.4
    np.testing.assert_array_equal(_without_specks(specks), shoes)
