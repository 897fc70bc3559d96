"""Inception Score: high for images with clear and diverse classes.

    exp(mean over images x of KL(p(y | x) || p(y))),

with p(y | x) the class probabilities of an image and p(y) their mean over the
images. It is between 1 and the number of classes. It depends on the classifier,
which must be reported with it, and on the number of images: compare sets of
equal size.

Source: Salimans et al., "Improved techniques for training GANs", NIPS 2016,
section 4.
"""

import numpy as np
from scipy.special import rel_entr


def inception_score(probabilities: np.ndarray) -> float:
    """Computes the Inception Score of a set of images.

    Args:
        probabilities: Class probabilities of the images, rows that sum to 1,
            float [n, classes]; see `classifier.py`.

    Raises:
        ValueError: If there is no image.
    """
    if not len(probabilities):
        raise ValueError("the Inception Score needs an image, got none")
    overall = probabilities.mean(axis=0, keepdims=True)
    divergences = rel_entr(probabilities, overall).sum(axis=1)
    return float(np.exp(divergences.mean()))
