"""Some people to look at while a model trains."""

import numpy as np

from trainer.data.interactions import Interactions
from trainer.metrics.ranking.beyond_accuracy import top_k
from trainer.metrics.ranking.scorer import Scorer

PEOPLE = 4
LISTED = 8
_SEED = 0
"""Of every run, so that two runs can be compared."""


class PreviewUsers:
    """Always the same few, by chance.

    Args:
        interactions: Who took what.

    Attributes:
        owned: Item indices that each took for training, one array a person.
        listed: Item indices of their first recommendations, at last, `NOBODY`
            where there are no more, int64 [people, LISTED].
    """

    def __init__(self, interactions: Interactions) -> None:
        lengths = interactions.train.row_lengths().numpy()
        some = np.flatnonzero(lengths)
        rng = np.random.default_rng(_SEED)
        self._users = rng.choice(some, min(PEOPLE, len(some)), replace=False)
        self.owned = [interactions.train[user].numpy() for user in self._users]
        self.listed = np.zeros((0, LISTED), np.int64)

    def recommend(self, score: Scorer) -> None:
        """Lists what each did not take in training, best first.

        Args:
            score: Of the model.
        """
        scores = np.array(score(self._users), np.float64)
        for row, owned in zip(scores, self.owned, strict=True):
            row[owned] = np.nan
        self.listed = np.stack([top_k(row, LISTED) for row in scores])
