"""Nearest neighbors of sampled items by image embedding."""

import numpy as np
from sklearn.preprocessing import normalize


def nearest(
    vectors: np.ndarray,
    candidates: np.ndarray,
    num_neighbors: int,
    num_items: int,
) -> list[tuple[int, list[tuple[int, float]]]]:
    """Returns the nearest neighbors of randomly sampled items.

    Args:
        vectors: Image embeddings of the items, float [items, K].
        candidates: Items to sample from, int64 [candidates].
        num_neighbors: Number of neighbors per item.
        num_items: Number of sampled items.

    Returns:
        Sampled items, each with (neighbor, cosine similarity) pairs, nearest
        first.
    """
    rng = np.random.default_rng(0)
    drawn = rng.choice(
        candidates, min(num_items, len(candidates)), replace=False
    )
    unit = normalize(vectors[candidates])
    cosines = normalize(vectors[drawn]) @ unit.T
    cosines[drawn[:, None] == candidates] = -np.inf
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :num_neighbors]
    order = order[:, : len(candidates) - 1]
    return [
        (
            int(item),
            [(int(candidates[column]), float(row[column])) for column in best],
        )
        for item, row, best in zip(drawn, cosines, order, strict=True)
    ]
