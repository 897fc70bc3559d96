import numpy as np

from trainer import baselines


def test_random_scores_depend_on_seed_and_user_alone():
    scorer = baselines.random_scorer(50, seed=3)
    together = scorer(np.array([4, 7]))
    np.testing.assert_array_equal(scorer(np.array([7]))[0], together[1])
    assert not np.array_equal(together[0], together[1])
    other = baselines.random_scorer(50, seed=4)(np.array([7]))
    assert not np.array_equal(other[0], together[1])


def test_popularity_is_the_number_of_takers():
    scores = baselines.popularity_scorer(np.array([3, 0, 5]))(np.array([0, 9]))
    np.testing.assert_array_equal(scores, [[3, 0, 5], [3, 0, 5]])
