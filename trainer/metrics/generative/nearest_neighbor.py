"""The photo that an image looks most like: is it new, or learned by heart?

The Euclidean distance in the space of `features.py` to the nearest photo of the
training set. What is small depends on the set: hold it against the distance
between a photo and the nearest other one.

Source: the usual check for memorisation, e.g. Meehan, Chaudhuri and Dasgupta,
"A non-parametric test to detect data-copying", AISTATS 2020, section 2.
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors


def nearest_photos(
    features: np.ndarray, photos: np.ndarray, number: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the nearest photos of images.

    Args:
        features: Of the images, float [n, d].
        photos: Features of the photos, float [m, d].
        number: How many, of m at most.

    Returns:
        Their distances, float [n, number], nearest first, and their rows in
        `photos`, int64 [n, number].
    """
    search = NearestNeighbors(
        n_neighbors=min(number, len(photos)), algorithm="brute"
    )
    distances, rows = search.fit(photos).kneighbors(features)
    return distances, rows
