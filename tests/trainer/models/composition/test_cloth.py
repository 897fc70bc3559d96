import numpy as np
import pytest

from trainer.models.composition.cloth import make_cloth
from trainer.models.composition.cut import make_cut
from trainer.models.composition.lab_color import rgb_to_lab


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_plain_cloth_is_its_color(garment, rng):
    cloth = make_cloth(make_cut(*garment((0.2, 0.5, 0.3))), rng)
    assert not cloth.patterned
    np.testing.assert_array_equal(cloth.lab[0, 0], cloth.color)


def test_a_pattern_fills_the_image_with_its_colors(dotted, rng):
    image, mask = dotted
    cloth = make_cloth(make_cut(image, mask), rng)
    assert cloth.patterned
    assert cloth.lab.shape == image.shape
    lab = rgb_to_lab(image[mask])
    np.testing.assert_allclose(cloth.lab.mean((0, 1)), np.mean(lab, 0), atol=6)
    np.testing.assert_allclose(cloth.lab.std((0, 1)), np.std(lab, 0), rtol=0.2)


def test_panels_are_no_cloth(dotted, rng):
    image, mask = dotted
    image = image.copy()
    image[:, 32:] = [0.8, -0.8, -0.8]
    assert make_cloth(make_cut(image, mask), rng) is None


@pytest.mark.filterwarnings("error")
def test_a_garment_of_one_pixel_is_no_cloth(garment, rng):
    image, mask = garment((0.2, 0.5, 0.3))
    mask = np.zeros_like(mask)
    mask[30, 20] = True
    assert make_cloth(make_cut(image, mask), rng) is None


def test_a_logo_is_no_cloth(garment, rng):
    image, mask = garment((0.2, 0.2, 0.2))
    image[14:40, 14:40] = [0.9, -0.9, 0.9]
    assert make_cloth(make_cut(image, mask), rng) is None
