"""Improved precision (realism) and recall (coverage) of generated images.

Each image is the center of a ball that reaches to its k-th nearest neighbor in
its set. Precision is the fraction of generated images inside a ball of a real
image, recall the fraction of real images inside a ball of a generated image.
Both depend on the size of the sets: compare sets of equal size.

Source: Kynkaanniemi, Karras, Laine, Lehtinen and Aila, "Improved precision and
recall metric for assessing generative models", NeurIPS 2019, eq. 1 and 2.
"""

import numpy as np
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

K = 3


def precision_recall(
    real: np.ndarray, made: np.ndarray, k: int = K
) -> tuple[float, float]:
    """Computes precision and recall of generated images.

    Args:
        real: Features of real images, float [n, d].
        made: Features of generated images, float [m, d].
        k: Rank of the neighbor that determines the radius of a ball.

    Returns:
        Precision and recall, 0 to 1 each.

    Raises:
        ValueError: If a set has fewer than k + 1 images.
    """
    if min(len(real), len(made)) <= k:
        raise ValueError(
            f"precision and recall need at least {k + 1} real and generated "
            f"images each, got {len(real)} real and {len(made)} generated"
        )
    return _covered(made, real, k), _covered(real, made, k)


def _covered(points: np.ndarray, centers: np.ndarray, k: int) -> float:
    """Returns the fraction of points inside the ball of any center."""
    neighbors = NearestNeighbors(n_neighbors=k, algorithm="brute")
    # Without a query array, no center is its own neighbor.
    radii = neighbors.fit(centers).kneighbors()[0][:, -1]
    inside = [
        (distances <= radii).any(axis=1)
        for distances in pairwise_distances_chunked(points, centers)
    ]
    return float(np.concatenate(inside).mean())
