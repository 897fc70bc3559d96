"""Random baseline: chance level of every metric."""

import numpy as np

from trainer.metrics.ranking.scorer import Scorer


def random_scorer(num_items: int, seed: int) -> Scorer:
    """Returns a scorer of uniform random scores, fixed by seed and user index.

    Args:
        num_items: Number of items in the catalog.
        seed: Seed of the scores.
    """

    def score(users: np.ndarray) -> np.ndarray:
        return np.stack(
            [
                np.random.default_rng((seed, user)).random(num_items)
                for user in users
            ]
        )

    return score
