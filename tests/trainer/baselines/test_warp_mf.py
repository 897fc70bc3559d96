import numpy as np
import pytest

from trainer.baselines.warp_mf import warp_loss


def by_loop(positive, negatives, num_items):
    for trial, negative in enumerate(negatives, start=1):
        if negative > positive - 1:
            rank = (num_items - 1) // trial
            weight = sum(1 / k for k in range(1, rank + 1))
            top = sum(1 / k for k in range(1, num_items))
            return weight / top * (1 - positive + negative)
    return 0.0


def test_loss_is_the_weighted_hinge_of_the_first_that_stands_too_high():
    rng = np.random.default_rng(0)
    positive = rng.normal(1, 1, (200, 1)).astype(np.float32)
    negative = rng.normal(-1, 1, (200, 6)).astype(np.float32)
    expected = [
        by_loop(x, others, 50)
        for x, others in zip(positive[:, 0], negative, strict=True)
    ]
    assert 0 < np.count_nonzero(expected) < 200
    np.testing.assert_allclose(
        warp_loss(positive, negative, 50), expected, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("num_items", [2, 5])
def test_a_catalog_smaller_than_the_trials(num_items):
    positive = np.zeros((1, 1), np.float32)
    negative = np.full((1, 8), -2.0, np.float32)
    negative[0, 7] = 0.0
    loss = warp_loss(positive, negative, num_items)
    assert 0 < float(loss[0]) <= 1
