import numpy as np

from trainer.baselines.random import random_scorer


def test_random_scores_depend_on_seed_and_user_alone():
    scorer = random_scorer(50, seed=3)
    together = scorer(np.array([4, 7]))
    np.testing.assert_array_equal(scorer(np.array([7]))[0], together[1])
    assert not np.array_equal(together[0], together[1])
    other = random_scorer(50, seed=4)(np.array([7]))
    assert not np.array_equal(other[0], together[1])
