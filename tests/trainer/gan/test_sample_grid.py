import numpy as np
from PIL import Image

from trainer.gan.sample_grid import SampleGrid
from trainer.gan.sample_grid import grid


def test_a_grid_goes_row_by_row():
    images = np.linspace(-1, 1, 6)[:, None, None, None] * np.ones((2, 2, 3))
    joined = grid(images.astype(np.float32), columns=3)
    assert joined.shape == (4, 6, 3)
    assert joined.dtype == np.uint8
    assert joined[::2, ::2, 0].tolist() == [[0, 51, 102], [153, 204, 255]]


def test_the_same_z_in_every_row_and_every_snapshot(tiny_config, tmp_path):
    seen = []

    def draw(z, category):
        seen.append((z, category))
        return np.zeros((len(z), 8, 8, 3), np.float32)

    callback = SampleGrid(draw, tiny_config(), 3, str(tmp_path))
    callback.on_epoch_end(0, {"step": 5.0})
    callback.on_epoch_end(1, {"step": 10.0})
    z, category = seen[0]
    np.testing.assert_array_equal(z, seen[1][0])
    assert category.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    np.testing.assert_array_equal(z[:8], z[8:16])
    assert np.abs(z[0] - z[1]).max() > 0
    files = sorted((tmp_path / "samples").iterdir())
    assert [one.name for one in files] == [
        "step-0000005.png",
        "step-0000010.png",
    ]
    with Image.open(files[0]) as image:
        assert image.size == (64, 24)
