"""Items that a new user may like: of all kinds of categories and looks."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin

NUM_STARTERS = 60
_MAX_PER_CATEGORY = 10
"""Maximum number of items of a category, unless there are few categories."""
_SAMPLE = 2000
"""Maximum number of items of a category that are clustered."""


def choose_starters(
    categories: list[str], vectors: np.ndarray, num_items: int = NUM_STARTERS
) -> list[int]:
    """Chooses items for a user to begin with.

    Items without a category are left out if others have one. The looks of each
    category are clustered by k-means, and the item nearest to each center is
    chosen, because the outliers that farthest-point sampling prefers are often
    bad photos. The choice is deterministic.

    Args:
        categories: Category of each item, "" if it has none.
        vectors: Image embeddings, float32 [items, K].
        num_items: Maximum number of items.

    Returns:
        Item indices; categories take turns, those with most items first.
    """
    names = np.array(categories)
    counts = {
        name: int(count)
        for name, count in zip(
            *np.unique(names[names != ""], return_counts=True), strict=True
        )
    } or {"": len(names)}
    quotas = allot(counts, num_items)
    rng = np.random.default_rng(0)
    chosen = []
    for name in sorted(quotas, key=lambda name: (-counts[name], name)):
        items = rng.permutation(np.flatnonzero(names == name))[:_SAMPLE]
        nearest = items[_medoids(vectors[items], quotas[name])]
        chosen += list(enumerate(nearest.tolist()))
    # A stable sort by turn keeps the order of the categories.
    return [item for _, item in sorted(chosen, key=lambda pair: pair[0])]


def allot(counts: dict[str, int], num_seats: int) -> dict[str, int]:
    """Divides seats in proportion to counts, by the method of Sainte-Laguë.

    Args:
        counts: Number of items of each category, positive.
        num_seats: Number of seats.

    Returns:
        Seats of each category that has any: at most its count and the maximum
        per category. Their sum may be less than `num_seats`.
    """
    most = max(_MAX_PER_CATEGORY, -(-num_seats // len(counts)))
    quotients = [
        (-count / (2 * seat + 1), name)
        for name, count in counts.items()
        for seat in range(min(count, most))
    ]
    seats: dict[str, int] = {}
    for _, name in sorted(quotients)[:num_seats]:
        seats[name] = seats.get(name, 0) + 1
    return seats


def _medoids(vectors: np.ndarray, num_clusters: int) -> np.ndarray:
    """Returns the rows nearest to the k-means centers, largest cluster first.

    Args:
        vectors: Image embeddings, float32 [n, K].
        num_clusters: Number of clusters, at most n.

    Returns:
        Distinct rows, at most one per cluster, int64 [m].
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = vectors / np.maximum(norms, 1e-6)
    num_clusters = min(num_clusters, len(np.unique(directions, axis=0)))
    means = KMeans(num_clusters, n_init=1, random_state=0).fit(directions)
    sizes = np.bincount(means.labels_, minlength=num_clusters)
    centers = means.cluster_centers_[np.argsort(-sizes, kind="stable")]
    rows = pairwise_distances_argmin(centers, directions)
    return np.array(list(dict.fromkeys(rows.tolist())))
