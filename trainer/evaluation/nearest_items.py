"""Nearest neighbors of sampled items by image embedding."""

import numpy as np

from trainer.metrics.ranking.beyond_accuracy import unit_vectors


def nearest(
    vectors: np.ndarray, candidates: np.ndarray, number: int, of: int
) -> list[tuple[int, list[tuple[int, float]]]]:
    """Returns the nearest neighbors of randomly sampled items.

    Args:
        vectors: Image embeddings of the items, float [items, K].
        candidates: Items to sample from, int64 [candidates].
        number: Number of neighbors per item.
        of: Number of sampled items.

    Returns:
        Sampled items, each with (neighbor, cosine similarity) pairs, nearest
        first.
    """
    rng = np.random.default_rng(0)
    drawn = rng.choice(candidates, min(of, len(candidates)), replace=False)
    unit = unit_vectors(vectors[candidates])
    cosines = unit_vectors(vectors[drawn]) @ unit.T
    cosines[drawn[:, None] == candidates] = -np.inf
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :number]
    order = order[:, : len(candidates) - 1]
    return [
        (
            int(item),
            [(int(candidates[one]), float(row[one])) for one in best],
        )
        for item, row, best in zip(drawn, cosines, order, strict=True)
    ]
