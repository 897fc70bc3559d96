"""Improved precision and recall: are images real, and are all kinds made?

Around each image of a set lies a ball that reaches to its k-th nearest
neighbour in the set. Precision is the share of made images in some ball of a
real one, recall the share of real ones in some ball of a made one. Both depend
on the size of the sets: compare sets of one size.

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
    """Returns precision and recall.

    Args:
        real: Features of photos, float [n, d].
        made: Features of made images, float [m, d].
        k: The neighbour that a ball reaches to.

    Raises:
        ValueError: If a set has no k + 1 images.
    """
    if min(len(real), len(made)) <= k:
        raise ValueError(
            f"precision needs {k + 1} images of each kind, got {len(real)} "
            f"real ones and {len(made)} made ones"
        )
    return _covered(made, real, k), _covered(real, made, k)


def _covered(points: np.ndarray, centres: np.ndarray, k: int) -> float:
    """Returns the share of points that lie in some ball of the centres."""
    neighbours = NearestNeighbors(n_neighbors=k, algorithm="brute")
    # Without a query no centre is its own neighbour.
    radii = neighbours.fit(centres).kneighbors()[0][:, -1]
    inside = [
        (distances <= radii).any(axis=1)
        for distances in pairwise_distances_chunked(points, centres)
    ]
    return float(np.concatenate(inside).mean())
