"""Cuts a catalogue into partitions of vectors that lie together."""

import math

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

_PARTITIONS = 2.0
"""Times the root of the number of items.

Finer ones hold fewer rows that are no good, but have to be looked at
themselves.
"""
_LEAST, _MOST = 0.25, 1.5
"""Times the size that is aimed at. What is smaller is hardly worth the look at
it; of what is larger, one part would be read for the sake of the other."""

_ROWS_A_PARTITION = 64
"""K-means sees so many rows of each; more hardly move the centres."""


def partition(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Puts each item into a partition.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        rng: Draws the items that the centres are found on.

    Returns:
        Partitions of the items, numbered without gaps, int64 [items]. About
        twice the root of the number of items are aimed at; none has more than
        1.5 times as many items as each of these would.
    """
    items = len(vectors)
    number = min(items, round(_PARTITIONS * math.sqrt(items)))
    # Of the same length all, so that those of large products lie together too.
    norms = np.linalg.norm(vectors, axis=1)
    rest = np.sqrt(np.maximum(norms.max() ** 2 - norms**2, 0.0))
    points = np.column_stack([vectors, rest]).astype(np.float32)
    labels = _k_means(points, number, rng)
    labels = _without_small(points, labels, _LEAST * items / number)
    return _cut(points, labels, math.ceil(_MOST * items / number))


def _k_means(
    points: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Returns the nearest centre of each point, numbered without gaps."""
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
    """Puts what lies in smaller partitions into the nearest others."""
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
    """Cuts larger partitions into even parts, where they are longest."""
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
