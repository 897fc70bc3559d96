import numpy as np

from trainer.baselines.popularity import popularity_scorer


def test_popularity_is_the_interaction_count():
    scores = popularity_scorer(np.array([3, 0, 5]))(np.array([0, 9]))
    np.testing.assert_array_equal(scores, [[3, 0, 5], [3, 0, 5]])
