"""Popularity: the same list for everyone."""

import numpy as np

from trainer.metrics.ranking.scorer import Scorer


def popularity_scorer(train_counts: np.ndarray) -> Scorer:
    """Returns a scorer that gives each item its number of takers in train.

    Args:
        train_counts: Takers of each item, int [items].
    """

    def score(users: np.ndarray) -> np.ndarray:
        return np.tile(train_counts.astype(float), (len(users), 1))

    return score
