"""What every model must beat: chance and popularity."""

import numpy as np

from trainer.metrics import Scorer


def random_scorer(num_items: int, seed: int) -> Scorer:
    """Returns a scorer that draws; a user's scores depend on the seed alone."""

    def score(users: np.ndarray) -> np.ndarray:
        return np.stack(
            [
                np.random.default_rng((seed, user)).random(num_items)
                for user in users
            ]
        )

    return score


def popularity_scorer(train_counts: np.ndarray) -> Scorer:
    """Returns a scorer that gives each item its number of takers in train.

    Args:
        train_counts: Takers of each item, int [items].
    """

    def score(users: np.ndarray) -> np.ndarray:
        return np.tile(train_counts.astype(float), (len(users), 1))

    return score
