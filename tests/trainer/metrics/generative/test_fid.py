import numpy as np
import pytest
import scipy.linalg

from trainer.metrics.generative.fid import fid


def by_root(real, made):
    """As it is written in the paper."""
    covariances = [np.cov(features, rowvar=False) for features in (real, made)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    means = real.mean(axis=0) - made.mean(axis=0)
    return means @ means + np.trace(sum(covariances) - 2 * root).real


@pytest.mark.parametrize("sizes", [(50, 40), (50, 6), (5, 50)])
def test_it_is_what_the_definition_says(sizes):
    rng = np.random.default_rng(0)
    real, made = (rng.normal(size=(size, 6)) for size in sizes)
    made = made @ rng.normal(size=(6, 6)) + 1.0
    assert fid(real, made) == pytest.approx(by_root(real, made), rel=1e-6)


def test_of_one_dimension_it_is_the_known_formula():
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(2, 100, 1))
    made = 3 * made + 2
    expected = (real.mean() - made.mean()) ** 2
    expected += (real.std(ddof=1) - made.std(ddof=1)) ** 2
    assert fid(real, made) == pytest.approx(expected)


def test_a_set_is_at_no_distance_from_itself():
    features = np.random.default_rng(2).normal(size=(30, 8))
    assert fid(features, features[::-1]) == pytest.approx(0, abs=1e-9)


def test_far_fewer_images_than_dimensions_are_well_conditioned():
    """The same images in a space that is much larger."""
    rng = np.random.default_rng(3)
    real, made = rng.normal(size=(2, 12, 5))
    wide, _ = np.linalg.qr(rng.normal(size=(1280, 5)))
    result = fid((real @ wide.T).astype(np.float32), made @ wide.T)
    assert result == pytest.approx(fid(real, made), rel=1e-5)


def test_fewer_images_have_a_larger_distance_of_the_same_distribution():
    rng = np.random.default_rng(4)
    values = [fid(*rng.normal(size=(2, size, 20))) for size in (30, 100, 1000)]
    assert values == sorted(values, reverse=True)


def test_one_image_is_no_set():
    with pytest.raises(ValueError, match="got 1 real and 9 generated"):
        fid(np.zeros((1, 2)), np.zeros((9, 2)))
