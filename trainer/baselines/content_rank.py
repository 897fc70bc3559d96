"""ContentRank: ranking by similarity of photo, attributes and text."""

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.interaction_matrix import interaction_matrix
from trainer.baselines.scaling import scaled_features
from trainer.baselines.vis_rank import WHITENING
from trainer.metrics.ranking.scorer import Scorer


def fit_content_rank(data: BaselineData) -> Scorer:
    """Scores items by their similarity to the user's training items.

    The sum over photo, attributes and text of the mean cosine, standardized
    over the items of the catalog. Nothing is learned from the interactions. A
    modality that no item has counts for nothing.
    """
    history = interaction_matrix(data)
    photos = ops.convert_to_numpy(scaled_features(data, WHITENING))
    modalities = [_normalized(rows) for rows in (photos, *(data.content or ()))]

    def score(users: np.ndarray) -> np.ndarray:
        scores = np.zeros((len(users), data.num_items), np.float32)
        for rows in modalities:
            cosines = history[users] @ rows @ rows.T
            mean = cosines.mean(axis=1, keepdims=True)
            # Of rows that are all equal, only the rounding would be left.
            floor = 1e-5 * np.abs(mean) + 1e-9
            deviation = cosines.std(axis=1, keepdims=True)
            scores += (cosines - mean) / np.maximum(deviation, floor)
        return scores

    return score


def _normalized(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-9), np.float32)
