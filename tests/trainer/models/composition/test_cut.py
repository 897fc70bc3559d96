import numpy as np
import pytest

from trainer.models.composition.cut import make_cut
from trainer.models.composition.lab_color import rgb_to_lab


def test_the_label_is_a_trim_and_the_rest_is_cloth(garment):
    cut = make_cut(*garment((0.7, 0.2, 0.2)))
    assert cut.cloth[18:20, 18:20].max() < 0.05
    assert cut.cloth[25:50, 12:50].min() > 0.95


def test_the_color_is_the_main_one(garment):
    image, mask = garment((0.1, 0.3, 0.7))
    expected = np.median(rgb_to_lab(image)[mask], axis=0)
    np.testing.assert_allclose(
        make_cut(image, mask).color[0, 0], expected, atol=2.0
    )


def test_the_fine_shading_is_kept_and_the_broad_one_is_halved(garment):
    shading = make_cut(*garment((0.6, 0.6, 0.6))).shading[30:50, :, 0].mean(0)
    seam = shading[31:33].mean() - (shading[28] + shading[35]) / 2
    np.testing.assert_allclose(seam, np.log(0.6) / 3, atol=0.04)
    # The light falls from 1.1 to .7 over the garment.
    assert 0.3 < (shading[12] - shading[51]) / (np.log(1.14 / 0.72) / 3) < 0.8


def test_no_floor_shows_at_the_edge(garment):
    image, mask = garment((0.8, 0.1, 0.1))
    image = np.where(mask[..., None], image, -1.0).astype(np.float32)
    cut = make_cut(image, mask)
    assert cut.image[cut.alpha[..., 0] > 0, 0].min() > 0


@pytest.mark.parametrize("gray", [1.0, 0.0, -1.0])
def test_a_print_on_white_gray_or_black_is_no_cloth(garment, gray):
    image, mask = garment((0.5, 0.5, 0.5))
    image = np.full_like(image, gray)
    image[30:40, 30:40] = [0.8, -0.8, -0.8]
    cut = make_cut(image, mask)
    assert cut.cloth[33:37, 33:37].max() < 0.05
    assert cut.cloth[12:26, 12:26].min() > 0.95


def test_a_mask_of_one_pixel_is_a_cut(garment):
    image, mask = garment((0.5, 0.5, 0.5))
    mask = np.zeros_like(mask)
    mask[30, 20] = True
    assert np.isfinite(make_cut(image, mask).shading).all()
