"""EASE: a linear item-to-item model in closed form."""

import numpy as np

from trainer.baselines.baseline import BaselineData
from trainer.baselines.interaction_matrix import interaction_matrix
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.ease import closed_form

RIDGE = 300.0
"""L2 penalty of the weights, in the unit of interaction counts."""


def fit_ease(data: BaselineData) -> Scorer:
    """Fits EASE and scores items by the weights from the user's items.

    All weights W count, and not only the largest of each item, as in the EASE
    layer of the two-tower model: x_u = X_u W, with W as given there. Items
    without training interactions have a score of 0.

    Source: Steck, WWW 2019, equations 4 and 8.
    """
    train = data.interactions.train
    known, weights = closed_form(
        train.values.numpy(), train.row_splits.numpy(), data.num_items, RIDGE
    )
    history = interaction_matrix(data)[:, known]

    def score(users: np.ndarray) -> np.ndarray:
        scores = np.zeros((len(users), data.num_items), np.float32)
        scores[:, known] = history[users] @ weights
        return scores

    return score
