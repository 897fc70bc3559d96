import itertools

import numpy as np
import pytest

from trainer.models.composition.quilting import lowest_path
from trainer.models.composition.quilting import quilt


def all_paths(rows, columns):
    for steps in itertools.product((-1, 0, 1), repeat=rows - 1):
        for start in range(columns):
            path = np.cumsum([start, *steps])
            if path.min() >= 0 and path.max() < columns:
                yield path


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_lowest_of_all(seed):
    costs = np.random.default_rng(seed).integers(0, 9, (6, 4)).astype(float)
    rows = np.arange(6)
    path = lowest_path(costs)
    assert (np.abs(np.diff(path)) <= 1).all()
    assert costs[rows, path].sum() == min(
        costs[rows, other].sum() for other in all_paths(6, 4)
    )


def test_a_periodic_texture_goes_on():
    source = np.tile(np.eye(4, dtype=np.float32), (8, 8))[..., None]
    patches = np.stack([source[y : y + 12, :12] for y in range(8)])
    texture = quilt(patches, 30, 4, np.random.default_rng(0))
    assert texture.shape == (30, 30, 1)
    np.testing.assert_array_equal(texture[4:], texture[:-4])
    np.testing.assert_array_equal(texture[:, 4:], texture[:, :-4])


def test_only_pixels_of_the_source_are_used():
    rng = np.random.default_rng(1)
    patches = rng.uniform(size=(5, 8, 8, 3)).astype(np.float32)
    texture = quilt(patches, 21, 3, rng)
    known = {tuple(pixel) for pixel in patches.reshape(-1, 3)}
    assert {tuple(pixel) for pixel in texture.reshape(-1, 3)} <= known
