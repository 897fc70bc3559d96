import keras
import numpy as np
import pytest

from trainer.models.gan.residual_generator import ResidualGenerator


@pytest.mark.parametrize("size", [8, 64, 128])
def test_draws_images_of_its_size(size):
    keras.utils.set_random_seed(0)
    generator = ResidualGenerator(3, size, z_dim=5, width=2)
    z = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    images = np.asarray(generator(z, np.array([0, 1, 2, 2])))
    assert images.shape == (4, size, size, 3)
    assert np.abs(images).max() <= 1


def test_z_and_category_both_matter():
    keras.utils.set_random_seed(0)
    generator = ResidualGenerator(2, 16, z_dim=5, width=4)
    z = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    images = np.asarray(generator(z[[0, 0, 1]], np.array([0, 1, 0])))
    other_category, other_z = (
        np.sqrt(np.mean((images[0] - images[index]) ** 2)) for index in (1, 2)
    )
    # About as much: none of the two is drowned by the other.
    assert other_category > 0.02
    assert 1 / 4 < other_category / other_z < 4


def test_maps_are_at_most_eight_times_as_wide():
    generator = ResidualGenerator(2, 128, z_dim=5, width=2)
    assert [block.conv.filters for block in generator.blocks] == [
        16, 16, 8, 4, 2,
    ]  # fmt: skip
