import numpy as np
import pytest

from trainer.models.gan.diversity_loss import differences
from trainer.models.gan.diversity_loss import lack_of_diversity


@pytest.fixture
def maps():
    """Two maps of three pairs."""
    rng = np.random.default_rng(0)
    shapes = ((6, 4, 4, 2), (6, 2, 2, 5))
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def test_differences_of_neighbours(maps):
    for one, found in zip(maps, differences(maps), strict=True):
        expected = [
            np.mean(np.abs(one[row] - one[row + 1])) for row in (0, 2, 4)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    # A discriminator that looks at the image has one map.
    (alone,) = differences(maps[0])
    np.testing.assert_array_equal(alone, differences(maps)[0])


def test_lack_of_diversity():
    made = [np.array([0.5, 2.0, 1.0], np.float32), np.array([0.0], np.float32)]
    # .75, 0 and .5 of the first map, all of the second.
    found = lack_of_diversity(made, [2.0, 3.0])
    assert float(found) == pytest.approx(((0.75 + 0 + 0.5) / 3 + 1) / 2)


def test_designs_that_differ_as_photos_do_lack_nothing(maps):
    photos = [float(np.mean(one)) for one in differences(maps)]
    same = [np.repeat(one[::2], 2, axis=0) for one in maps]
    assert float(lack_of_diversity(differences(same), photos)) == 1
    far = [one * 10 for one in maps]
    assert float(lack_of_diversity(differences(far), photos)) < 0.1
