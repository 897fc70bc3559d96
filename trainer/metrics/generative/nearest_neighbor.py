"""Nearest training images of generated images, a check for memorization.

The Euclidean distance in the space of `feature_extractor.py` to the nearest
image of the training set. Its scale depends on the set: compare it with the
distance between a training image and its nearest neighbor.

Source: the usual check for memorization, e.g. Meehan, Chaudhuri and Dasgupta,
"A non-parametric test to detect data-copying", AISTATS 2020, section 2.
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors


def nearest_photos(
    features: np.ndarray, photos: np.ndarray, num_neighbors: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest training images of images.

    Args:
        features: Features of the images, float [n, d].
        photos: Features of the training images, float [m, d].
        num_neighbors: Number of neighbors, limited to m.

    Returns:
        Distances, nearest first, float [n, num_neighbors], and rows of the
        neighbors in `photos`, int64 [n, num_neighbors].
    """
    search = NearestNeighbors(
        n_neighbors=min(num_neighbors, len(photos)), algorithm="brute"
    )
    distances, rows = search.fit(photos).kneighbors(features)
    return distances, rows
