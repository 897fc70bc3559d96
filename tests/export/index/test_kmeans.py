import numpy as np
import pytest

from export.index.kmeans import partition


def rows(rng, number, clusters=10):
    centres = 5 * rng.normal(size=(clusters, 8))
    some = centres[rng.integers(clusters, size=number)]
    return (some + rng.normal(size=some.shape)).astype(np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("number", [1, 2, 7, 100, 2500])
def test_sizes_are_alike(rng, number):
    partitions = partition(rows(rng, number), rng)
    sizes = np.bincount(partitions)
    about = min(number, round(2 * number**0.5))
    assert len(partitions) == number
    assert sizes.min() >= 1
    assert sizes.max() <= np.ceil(1.5 * number / about)


def test_no_more_of_them_than_vectors_need(rng):
    sizes = np.bincount(partition(rows(rng, 2500), rng))
    assert 50 < len(sizes) < 150
    assert sizes.min() >= 0.25 * 25


def test_vectors_of_a_partition_lie_together(rng):
    vectors = rows(rng, 2500)
    partitions = partition(vectors, rng)
    apart = 0.0
    for one in range(partitions.max() + 1):
        own = vectors[partitions == one]
        apart += ((own - own.mean(axis=0)) ** 2).sum()
    assert apart < 0.2 * ((vectors - vectors.mean(axis=0)) ** 2).sum()


def test_equal_vectors_are_cut_too(rng):
    partitions = partition(np.ones((1000, 8), np.float32), rng)
    assert np.bincount(partitions).max() <= np.ceil(1.5 * 1000 / 63)


def test_long_vectors_lie_together(rng):
    """Those of large products, wherever they point to."""
    vectors = rows(rng, 1000, clusters=1)
    vectors[:100] = 30 * np.abs(vectors[:100])
    partitions = partition(vectors, rng)
    both = set(partitions[:100]) & set(partitions[100:])
    assert len(both) <= 3


def test_the_same_each_time(rng):
    vectors = rows(rng, 500)
    first, second = (
        partition(vectors, np.random.default_rng(1)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
