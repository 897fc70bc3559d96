"""Likeness of images to the user's held-out items: a judge without a network.

No design can please it by a weakness of a network, because its features are
color and edge histograms (`appearance.py`), and the items that it compares with
are those of the test and the validation split.

A user's likeness in colors and in edges is standardized over the catalog images
of the category; the mean of both is the score, and its z-score the result.
"""

import numpy as np

from trainer.design.score_normalization import ScoreDistribution
from trainer.design.user_category import UserCategory
from trainer.metrics.generative.appearance import appearance
from trainer.metrics.generative.appearance import likeness


def likeness_z_score(case: UserCategory, images: np.ndarray) -> np.ndarray:
    """Returns the likeness of images to a user's held-out items.

    Args:
        case: User and category, with at least one held-out item.
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].

    Returns:
        z-scores among the catalog images that the user did not interact with,
        float [n].
    """
    features = case.items.appearance
    held_out = features[case.held_out]
    real = likeness(features[case.candidates], held_out)
    mean, spread = real.mean(axis=0), real.std(axis=0)
    spread[spread == 0] = 1.0

    def score(likenesses: np.ndarray) -> np.ndarray:
        return np.asarray(((likenesses - mean) / spread).mean(axis=1))

    return ScoreDistribution(score(real)).z_score(
        score(likeness(appearance(images), held_out))
    )
