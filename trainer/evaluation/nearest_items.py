"""What looks most like an item to the model."""

import numpy as np

from trainer.metrics.ranking.beyond_accuracy import unit_vectors


def nearest(
    vectors: np.ndarray, candidates: np.ndarray, number: int, of: int
) -> list[tuple[int, list[tuple[int, float]]]]:
    """Returns the neighbours of items that are drawn by chance.

    Args:
        vectors: What the items look like, float [items, K].
        candidates: The items to draw from, int64 [candidates].
        number: How many neighbours of each.
        of: How many items are drawn.

    Returns:
        Each drawn item, and its neighbours with their cosines, nearest first.
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
