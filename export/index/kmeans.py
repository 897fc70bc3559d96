"""K-means partitions of a catalog, of limited size."""

import math

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

_PARTITIONS = 2.0
"""Target number of partitions, relative to the square root of the number of
items. Finer partitions hold fewer irrelevant rows, but more have to be ranked.
"""
_LEAST, _MOST = 0.25, 1.5
"""Bounds of the partition size, relative to the target size. A smaller one is
not worth its probe; of a larger one, one part would be read for another's sake.
"""

_ROWS_A_PARTITION = 64
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
    number = min(items, round(_PARTITIONS * math.sqrt(items)))
    # An extra coordinate gives all points the same norm, so that items with
    # large inner products lie together, too.
    norms = np.linalg.norm(vectors, axis=1)
    rest = np.sqrt(np.maximum(norms.max() ** 2 - norms**2, 0.0))
    points = np.column_stack([vectors, rest]).astype(np.float32)
    labels = _k_means(points, number, rng)
    labels = _without_small(points, labels, _LEAST * items / number)
    return _cut(points, labels, math.ceil(_MOST * items / number))


def _k_means(
    points: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Returns the nearest center of each point, numbered without gaps."""
    means = MiniBatchKMeans(
        number,
        init="random",
        n_init=1,
        max_iter=4,
        batch_size=4096,
        random_state=0,
    )
    sample = rng.permutation(len(points))[: _ROWS_A_PARTITION * number]
    labels = means.fit(points[sample]).predict(points)
    return np.unique(labels, return_inverse=True)[1]


def _without_small(
    points: np.ndarray, labels: np.ndarray, least: float
) -> np.ndarray:
    """Moves the points of too small partitions to the nearest other ones."""
    sizes = np.bincount(labels)
    kept = sizes >= min(least, sizes.max())
    in_order = points[np.argsort(labels, kind="stable")]
    sums = np.add.reduceat(in_order, np.cumsum(sizes) - sizes)
    moved = ~kept[labels]
    labels = (np.cumsum(kept) - 1)[labels]
    if moved.any():
        means = (sums / sizes[:, None])[kept]
        labels[moved] = pairwise_distances_argmin(points[moved], means)
    return labels


def _cut(points: np.ndarray, labels: np.ndarray, most: int) -> np.ndarray:
    """Splits too large partitions evenly along their principal axis."""
    labels = labels.copy()
    sizes = np.bincount(labels)
    number = len(sizes)
    every = np.split(np.argsort(labels, kind="stable"), np.cumsum(sizes)[:-1])
    for rows in every:
        parts = math.ceil(len(rows) / most)
        if parts == 1:
            continue
        some = points[rows] - points[rows].mean(axis=0)
        longest = np.linalg.eigh(some.T @ some)[1][:, -1]
        rows = rows[np.argsort(some @ longest, kind="stable")]
        for part in np.array_split(rows, parts)[1:]:
            labels[part] = number
            number += 1
    return labels
