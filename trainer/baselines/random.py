"""Chance: what any model must beat."""

import numpy as np

from trainer.metrics.ranking.scorer import Scorer


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
