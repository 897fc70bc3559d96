"""Inception Score: images that are clearly something, and not all the same.

    exp(mean over images x of KL(p(y | x) || p(y))),

p(y | x) what a classifier says of an image and p(y) the mean of that: between 1
and the number of classes. It depends on the classifier altogether, so name it;
and on the number of images, so compare sets of one size.

Source: Salimans et al., "Improved techniques for training GANs", NIPS 2016,
section 4.
"""

import numpy as np
from scipy.special import rel_entr


def inception_score(probabilities: np.ndarray) -> float:
    """Returns the score of a set of images.

    Args:
        probabilities: Of each class, of each image, rows that sum to 1, float
            [n, classes]; see `classifier.py`.

    Raises:
        ValueError: If there is no image.
    """
    if not len(probabilities):
        raise ValueError("the Inception Score needs an image, got none")
    overall = probabilities.mean(axis=0, keepdims=True)
    divergences = rel_entr(probabilities, overall).sum(axis=1)
    return float(np.exp(divergences.mean()))
