import numpy as np
import pytest

from trainer.models.gan.light_generator import LightGenerator


@pytest.mark.parametrize(
    ("size", "channels"),
    [(8, [3]), (64, [12, 8, 6, 3]), (256, [12, 12, 12, 8, 6, 3])],
)
def test_smaller_maps_have_more_channels(size, channels):
    generator = LightGenerator(2, size, z_dim=5, width=3)
    assert generator.first.layers[0].units == 16 * channels[0]
    assert [block.conv.filters for block in generator.blocks] == channels[1:]


def test_z_of_an_image_gives_its_code():
    generator = LightGenerator(2, 16, z_dim=5, width=4)
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (4, 16, 16, 3)).astype(np.float32)
    category = np.array([0, 1, 0, 1])
    codes = generator.encoder(images)
    moments = generator.prior.moments(codes, category)
    generator.prior.update(moments)
    z = generator.encode(images, category)
    np.testing.assert_allclose(
        generator(z, category), generator.decode(codes, category), atol=1e-4
    )
