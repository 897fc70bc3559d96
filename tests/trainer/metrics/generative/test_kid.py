import numpy as np
import pytest

from trainer.metrics.generative.by_class import by_class
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.kid import mmd2


def naive(x, y):
    def kernel(a, b):
        return (a @ b / len(a) + 1.0) ** 3

    size = len(x)
    others = [(i, j) for i in range(size) for j in range(size) if i != j]
    same = sum(kernel(x[i], x[j]) + kernel(y[i], y[j]) for i, j in others)
    across = sum(kernel(a, b) for a in x for b in y)
    return same / len(others) - 2 * across / size**2


def test_it_is_the_sum_of_its_definition():
    x, y = np.random.default_rng(0).normal(size=(2, 9, 5))
    assert mmd2(x, y + 0.3) == pytest.approx(naive(x, y + 0.3), rel=1e-12)


def test_sets_of_one_distribution_have_mean_zero_however_small():
    rng = np.random.default_rng(1)
    values = [mmd2(*rng.normal(size=(2, 6, 4))) for _ in range(3000)]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * error
    assert min(values) < 0 < max(values)


def test_what_is_further_away_has_more():
    rng = np.random.default_rng(2)
    real, made = rng.normal(size=(2, 60, 8))
    values = [
        kid(real, made + shift, subset_size=40).mean for shift in (0, 0.5, 1)
    ]
    assert values == sorted(values)
    assert values[2] > 10 * abs(values[0])


def test_the_mean_over_subsets_is_near_that_of_the_whole():
    rng = np.random.default_rng(3)
    real, made = rng.normal(size=(2, 300, 8))
    made += 0.5
    whole = kid(real, made, subset_size=300)
    parts = kid(real, made, subsets=50, subset_size=100)
    assert parts.mean == pytest.approx(whole.mean, abs=parts.std)
    assert (whole.std, whole.subset_size) == (0.0, 300)
    assert parts.std > 0
    assert whole.mean == pytest.approx(mmd2(real, made))


def test_the_seed_decides_the_subsets():
    rng = np.random.default_rng(4)
    real, made = rng.normal(size=(2, 50, 3))
    first, same, other = (
        kid(real, made, subsets=5, subset_size=20, seed=seed)
        for seed in (0, 0, 1)
    )
    assert first == same
    assert first.mean != other.mean


def test_a_subset_is_no_larger_than_the_smaller_set():
    rng = np.random.default_rng(5)
    real, made = rng.normal(size=(100, 3)), rng.normal(size=(7, 3))
    result = kid(real, made, subsets=3)
    assert result.subset_size == 7
    assert result.std > 0


def test_one_image_is_no_set():
    with pytest.raises(ValueError, match="got 5 real and 1 generated"):
        kid(np.zeros((5, 2)), np.zeros((1, 2)))


def test_float32_features_lose_nothing():
    rng = np.random.default_rng(6)
    real, made = rng.random((2, 200, 1280), np.float32)
    result = mmd2(real, made)
    assert result == mmd2(real.astype(float), made.astype(float))


def test_by_class_is_the_metric_of_each_class():
    rng = np.random.default_rng(7)
    real, made = rng.normal(size=(2, 20, 3))
    real_classes = np.repeat([0, 1, 2, 3], 5)
    made_classes = np.array([1] * 9 + [2] * 10 + [3])
    result = by_class(kid, real, real_classes, made, made_classes)
    assert list(result) == [1, 2]  # Of 0 none was made, of 3 only one.
    assert result[2] == kid(real[10:15], made[9:19])
