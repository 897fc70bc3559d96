"""What is taken together: the part of a score that no short vector can hold."""

from typing import Any

import numpy as np
from keras import layers
from keras import ops

NEIGHBOURS = 20
"""How many items one item speaks for.

On H&M's validation NDCG@10 .084 with 20, .082 with 100.
"""

RIDGE = 20.0
"""Penalty of the squares of the weights, in takers."""

MOST_ITEMS = 16_384
"""Only the most taken items have neighbours: of n, an n x n matrix is inverted.

These take 3 GB and some minutes.
"""

_ROWS_AT_ONCE = 512


class EASE(layers.Layer):
    """Weights from each item of a history to the items taken beside it.

    The weights W, of zero diagonal, that best tell from the rest of a history
    whether an item is in it,

        min |X - X W|^2 + RIDGE |W|^2,  W_ij = -P_ij / P_jj,
        P = (X^T X + RIDGE I)^-1,

    with X_ui = 1 where u took i in training. Of each row the largest are kept,
    if above 0. They are fitted once, before training, and added to the product
    of the towers: these generalise, and this remembers.

    Source: Steck, WWW 2019; added to an embedding model as the wide part of
    Cheng et al., DLRS 2016.

    Args:
        num_items: Items of the catalogue.
        weight: What all weights are multiplied by.
    """

    def __init__(self, num_items: int, weight: float) -> None:
        super().__init__(name="ease", trainable=False)
        self._num_items = num_items
        self._weight = weight
        shape = (num_items, min(NEIGHBOURS, num_items))
        self.neighbours = self.add_weight(
            shape=shape, dtype="int32", initializer="zeros", name="neighbours"
        )
        self.weights_to = self.add_weight(
            shape=shape, initializer="zeros", name="weights_to"
        )
        self.built = True

    def fit(self, items: np.ndarray, starts: np.ndarray) -> None:
        """Sets the weights.

        Args:
            items: What people took in training, one after another, int [n].
            starts: Where each person's begin, and n, int [people + 1].
        """
        counts = np.bincount(items, minlength=self._num_items)
        commonest = np.argsort(-counts, kind="stable")[:MOST_ITEMS]
        known = np.sort(commonest[counts[commonest] > 0])
        place = np.full(self._num_items, -1)
        place[known] = np.arange(len(known))
        weights = _weights(_common_takers(place[items], starts, len(known)))
        neighbours = np.zeros(self.neighbours.shape, np.int32)
        weights_to = np.zeros(self.weights_to.shape, np.float32)
        for first in range(0, len(known), _ROWS_AT_ONCE):
            rows = weights[first : first + _ROWS_AT_ONCE]
            best = np.argsort(-rows, axis=1, kind="stable")
            best = best[:, : neighbours.shape[1]]
            own = known[first : first + _ROWS_AT_ONCE]
            neighbours[own, : best.shape[1]] = known[best]
            weights_to[own, : best.shape[1]] = self._weight * np.maximum(
                np.take_along_axis(rows, best, axis=1), 0
            )
        self.neighbours.assign(neighbours)
        self.weights_to.assign(weights_to)

    def call(self, items: Any, people: Any, num_people: int) -> Any:
        """Returns what histories add to the scores of the catalogue.

        Args:
            items: Of all histories, one after another, int [n].
            people: Whose each is, int [n].
            num_people: How many people there are.

        Returns:
            float [num_people, items].
        """
        cells = ops.cast(people, "int32")[:, None] * self._num_items + ops.take(
            self.neighbours, items, axis=0
        )
        sums = ops.segment_sum(
            ops.reshape(ops.take(self.weights_to, items, axis=0), [-1]),
            ops.reshape(cells, [-1]),
            num_segments=num_people * self._num_items,
        )
        return ops.reshape(sums, [num_people, self._num_items])


def _common_takers(
    items: np.ndarray, starts: np.ndarray, number: int
) -> np.ndarray:
    """Returns X^T X, float32 [number, number]; items of -1 do not count."""
    common = np.zeros((number, number), np.float32)
    for own in np.split(items, starts[1:-1]):
        kept = own[own >= 0]
        common[np.ix_(kept, kept)] += 1
    return common


def _weights(common: np.ndarray) -> np.ndarray:
    """Returns W from X^T X, which is overwritten."""
    common[np.diag_indices_from(common)] += RIDGE
    weights = np.linalg.inv(common)
    weights /= -np.diagonal(weights).copy()
    np.fill_diagonal(weights, 0)
    return weights
