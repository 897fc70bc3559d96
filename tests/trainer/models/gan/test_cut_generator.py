import keras
import numpy as np
import pytest

from trainer.models.composition.gray_garment import MAX_SHADING
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.gan.cut_generator import CutGenerator
from trainer.models.gan.cut_generator import _to_pixels


@pytest.mark.parametrize("size", [8, 64])
def test_cuts_have_the_size_and_range_of_their_layers(size):
    keras.utils.set_random_seed(0)
    generator = CutGenerator(3, size, z_dim=5, width=2)
    z = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    category = np.array([0, 1, 2, 2])
    alpha, shading = map(np.asarray, generator.cuts(z, category))
    assert alpha.shape == shading.shape == (4, size, size, 1)
    assert 0 <= alpha.min() < alpha.max() <= 1
    assert 0 < np.abs(shading).max() <= MAX_SHADING
    np.testing.assert_allclose(
        generator(z, category), gray_garment(alpha, shading), atol=1e-6
    )


def test_maps_are_wider_by_the_width_where_they_are_smaller():
    generator = CutGenerator(2, 64, z_dim=5, width=3)
    widths = [block.conv.filters for block in generator.blocks]
    assert widths == [9, 6, 3]


def test_a_pixel_becomes_four():
    maps = np.arange(2 * 3 * 3 * 8, dtype=np.float32).reshape(2, 3, 3, 8)
    pixels = np.asarray(_to_pixels(maps))
    assert pixels.shape == (2, 6, 6, 2)
    square = pixels[1, 2:4, 4:6]
    np.testing.assert_array_equal(square.ravel(), maps[1, 1, 2])


def test_it_is_the_same_from_a_file(tmp_path):
    keras.utils.set_random_seed(0)
    generator = CutGenerator(2, 16, z_dim=3, width=2)
    path = tmp_path / "generator.keras"
    generator.save(path)
    z, category = np.ones((2, 3), np.float32), np.array([0, 1])
    np.testing.assert_allclose(
        keras.saving.load_model(path)(z, category),
        generator(z, category),
        atol=1e-6,
    )
