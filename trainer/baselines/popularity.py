"""Popularity baseline: the same ranking for every user."""

import numpy as np

from trainer.metrics.ranking.scorer import Scorer


def popularity_scorer(train_counts: np.ndarray) -> Scorer:
    """Returns a scorer by the training interaction count of each item.

    Args:
        train_counts: Training interactions of each item, int [items].
    """

    def score(users: np.ndarray) -> np.ndarray:
        return np.tile(train_counts.astype(float), (len(users), 1))

    return score
