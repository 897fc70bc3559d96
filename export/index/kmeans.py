"""K-means partitions of a catalog, of limited size."""

import math

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

_PARTITIONS = 2.0
"""Target number of partitions, relative to the square root of the number of
items. Finer partitions hold fewer irrelevant rows, but more have to be ranked.
"""
_MIN_SIZE, _MAX_SIZE = 0.25, 1.5
"""Bounds of the partition size, relative to the target size. A smaller one is
not worth its probe; of a larger one, much would be read in vain.
"""

_ROWS_PER_PARTITION = 64
"""K-means sample size per partition; more rows hardly move the centers."""


def partition(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Assigns each item to a partition.

    Args:
        vectors: Item embeddings, float32 [items, D].
        rng: Random generator of the k-means sample.

    Returns:
        Partition of each item, numbered without gaps, int64 [items]. The target
        is 2 sqrt(items) partitions; none has more than 1.5 times the items of a
        partition of equal size.
    """
    items = len(vectors)
    num_partitions = min(items, round(_PARTITIONS * math.sqrt(items)))
    # An extra coordinate gives all points the same norm, so that items with
    # large inner products lie together, too.
    norms = np.linalg.norm(vectors, axis=1)
    extra = np.sqrt(np.maximum(norms.max() ** 2 - norms**2, 0.0))
    points = np.column_stack([vectors, extra]).astype(np.float32)
    size = items / num_partitions
    labels = _k_means(points, num_partitions, rng)
    labels = _merge_small(points, labels, _MIN_SIZE * size)
    return _split_large(points, labels, math.ceil(_MAX_SIZE * size))


def _k_means(
    points: np.ndarray, num_partitions: int, rng: np.random.Generator
) -> np.ndarray:
    """Returns the nearest center of each point, numbered without gaps."""
    means = MiniBatchKMeans(
        num_partitions,
        init="random",
        n_init=1,
        max_iter=4,
        batch_size=4096,
        random_state=0,
    )
    sample = rng.permutation(len(points))[
        : _ROWS_PER_PARTITION * num_partitions
    ]
    labels = means.fit(points[sample]).predict(points)
    return np.unique(labels, return_inverse=True)[1]


def _merge_small(
    points: np.ndarray, labels: np.ndarray, min_size: float
) -> np.ndarray:
    """Moves the points of too small partitions to the nearest other ones."""
    sizes = np.bincount(labels)
    kept = sizes >= min(min_size, sizes.max())
    in_order = points[np.argsort(labels, kind="stable")]
    sums = np.add.reduceat(in_order, np.cumsum(sizes) - sizes)
    moved = ~kept[labels]
    labels = (np.cumsum(kept) - 1)[labels]
    if moved.any():
        means = (sums / sizes[:, None])[kept]
        labels[moved] = pairwise_distances_argmin(points[moved], means)
    return labels


def _split_large(
    points: np.ndarray, labels: np.ndarray, max_size: int
) -> np.ndarray:
    """Splits too large partitions evenly along their principal axis."""
    labels = labels.copy()
    sizes = np.bincount(labels)
    order = np.argsort(labels, kind="stable")
    new_label = len(sizes)
    for rows in np.split(order, np.cumsum(sizes)[:-1]):
        num_parts = math.ceil(len(rows) / max_size)
        if num_parts == 1:
            continue
        centered = points[rows] - points[rows].mean(axis=0)
        axis = np.linalg.eigh(centered.T @ centered)[1][:, -1]
        rows = rows[np.argsort(centered @ axis, kind="stable")]
        for part in np.array_split(rows, num_parts)[1:]:
            labels[part] = new_label
            new_label += 1
    return labels
