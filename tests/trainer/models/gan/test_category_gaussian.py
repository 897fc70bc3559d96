import keras
import numpy as np
import pytest

from trainer.models.gan.category_gaussian import CategoryGaussian
from trainer.models.gan.category_gaussian import on_sphere

DIM, CATEGORY = 4, np.array([0, 2, 0, 0, 2, 0])


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(0)
    return rng.normal(1.0, 2.0, (30, 6, DIM)).astype(np.float32)


@pytest.fixture(scope="module")
def prior(codes):
    """Updated with 30 batches, which have no image of category 1."""
    prior = CategoryGaussian(3, DIM, decay=0.98)
    for batch in codes:
        prior.update(prior.moments(batch, CATEGORY))
    return prior


def by_hand(codes, decay):
    """Returns mean and covariance of batches of codes of one category."""
    count, mean, second = 0, np.zeros(DIM), np.zeros((DIM, DIM))
    for batch in codes.astype(np.float64):
        count += len(batch)
        share = max(1 - decay ** len(batch), len(batch) / count)
        mean += share * (batch.mean(0) - mean)
        second += share * (batch.T @ batch / len(batch) - second)
    return mean, second - np.outer(mean, mean)


@pytest.mark.parametrize("category", [0, 2])
def test_mean_and_covariance_are_moving_averages(prior, codes, category):
    mean, covariance = by_hand(codes[:, category == CATEGORY], 0.98)
    root = np.asarray(prior._roots(np.array([category])))[0]
    np.testing.assert_allclose(prior.mean[category], mean, rtol=1e-4)
    np.testing.assert_allclose(
        root @ root.T, covariance + 1e-3 * np.eye(DIM), rtol=1e-3, atol=1e-4
    )


def test_codes_are_of_the_gaussian_of_their_category(prior, codes):
    z = np.random.default_rng(1).normal(size=(3, DIM)).astype(np.float32)
    category = np.array([2, 0, 1])
    expected = np.stack(
        [
            mean + np.linalg.cholesky(covariance + 1e-3 * np.eye(DIM)) @ vector
            for (mean, covariance), vector in zip(
                (
                    by_hand(codes[:, CATEGORY == 2], 0.98),
                    by_hand(codes[:, CATEGORY == 0], 0.98),
                    (np.zeros(DIM), np.eye(DIM)),
                ),
                z,
                strict=True,
            )
        ]
    ).astype(np.float32)
    drawn = np.asarray(prior(z, category))
    np.testing.assert_allclose(drawn, on_sphere(expected), rtol=1e-4)
    np.testing.assert_allclose(np.mean(drawn**2, axis=1), 1.0, rtol=1e-3)


def test_whiten_inverts_a_code(prior):
    codes = on_sphere(np.random.default_rng(2).normal(size=(3, DIM)))
    category = np.array([0, 1, 2])
    z = prior.whiten(keras.ops.cast(codes, "float32"), category)
    np.testing.assert_allclose(prior(z, category), codes, atol=1e-4)
