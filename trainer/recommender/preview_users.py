"""A fixed sample of users whose recommendations are shown during training."""

import numpy as np

from trainer.data.interactions import Interactions
from trainer.metrics.ranking.beyond_accuracy import top_k_unknown
from trainer.metrics.ranking.scorer import Scorer

USERS = 4
LISTED = 8
_SEED = 0
"""The same for every run, so that runs on the same data show the same users."""


class PreviewUsers:
    """A fixed random sample of users and their latest recommendations.

    Args:
        interactions: Training and held-out interactions.

    Attributes:
        owned: Training items of each user, one int64 array per user.
        listed: Top recommendations of each user, item indices padded with
            `NOBODY`, int64 [users, LISTED]; empty before `recommend`.

    Example:
        >>> preview = PreviewUsers(interactions)
        >>> preview.recommend(trained.scorer())
        >>> preview.listed.shape
        (4, 8)
    """

    def __init__(self, interactions: Interactions) -> None:
        lengths = interactions.train.row_lengths().numpy()
        some = np.flatnonzero(lengths)
        rng = np.random.default_rng(_SEED)
        self._users = rng.choice(some, min(USERS, len(some)), replace=False)
        self.owned = [interactions.train[user].numpy() for user in self._users]
        self.listed = np.zeros((0, LISTED), np.int64)

    def recommend(self, score: Scorer) -> None:
        """Updates `listed`; training items are masked.

        Args:
            score: Scorer of the model.
        """
        self.listed = top_k_unknown(score(self._users), self.owned, LISTED)
