"""EASE, a linear item-to-item model that complements the embeddings."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops
from scipy.sparse import csr_matrix

NEIGHBORS = 20
"""Number of neighbors kept per item.

Validation NDCG@10 on H&M is .084 with 20 and .082 with 100.
"""

RIDGE = 20.0
"""L2 penalty of the weights, in the unit of interaction counts."""

MOST_ITEMS = 16_384
"""Maximum number of items with neighbors, the most popular ones.

With as many users the fit inverts an n x n matrix: 3 GB and some minutes.
"""

MOST_SIMILAR = 20
"""Number of similar items kept per item; 50 are no better on H&M."""

SIMILARITY_POWER = 3
"""Power of the cosine in the weight of a similar item."""

_ROWS_AT_ONCE = 512


@keras.saving.register_keras_serializable(package="atelier")
class EASE(layers.Layer):
    """EASE: a sparse item-to-item weight matrix in closed form.

    The zero-diagonal weights W reconstruct each history from its other items,

        min |X - X W|^2 + RIDGE |W|^2,  W_ij = -P_ij / P_jj,
        P = (X^T X + RIDGE I)^-1,

    with X_ui = w_ui, the weight of mean 1 of the training interaction of user u
    with item i, which is 1 if interactions have no weights. Only the largest
    positive weights of each row are kept. They are fitted once, before
    training, and their scores added to the dot product of the towers: the
    towers generalize, EASE memorizes.

    Items without interactions have no such weights. A similarity weight s adds
    s cos^3 to the weights between an item and those with the nearest features.

    Source: Steck, WWW 2019; added to an embedding model as the wide part of
    Cheng et al., DLRS 2016. Similar items: item kNN by content.

    Example:
        ease = EASE(num_items=1000, weight=50.0)
        ease.fit(train.values.numpy(), train.row_splits.numpy())
        scores = ease(items, users, num_users=2)

    Args:
        num_items: Number of items of the catalog.
        weight: Factor of the fitted weights.
        similarity_weight: Factor of the similarities; 0 leaves them out.
        name: Name of the layer.
        trainable: Whether the weights are trained after the fit.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_items: int,
        weight: float,
        similarity_weight: float = 0.0,
        name: str = "ease",
        trainable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._num_items = num_items
        self.weight = weight
        self.similarity_weight = similarity_weight
        self.num_fitted = min(NEIGHBORS, num_items)
        num_similar = min(MOST_SIMILAR, num_items) if similarity_weight else 0
        shape = (num_items, self.num_fitted + num_similar)
        self.neighbours = self.add_weight(
            shape=shape, dtype="int32", initializer="zeros", name="neighbours"
        )
        self.weights_to = self.add_weight(
            shape=shape, initializer="zeros", name="weights_to"
        )
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "num_items": self._num_items,
            "weight": self.weight,
            "similarity_weight": self.similarity_weight,
        }

    def fit(
        self,
        items: np.ndarray,
        starts: np.ndarray,
        weights: np.ndarray | None = None,
    ) -> None:
        """Fits the weights to the training interactions.

        Args:
            items: Item indices of all users, concatenated, int [n].
            starts: Row splits: start of each user's items, and n, int
                [users + 1].
            weights: Weights w_ui of the items, float [n]; None if all are 1.
        """
        known, item_weights = closed_form(
            items, starts, self._num_items, RIDGE, weights
        )
        neighbours = np.zeros(self.neighbours.shape, np.int32)
        weights_to = np.zeros(self.weights_to.shape, np.float32)
        for first in range(0, len(known), _ROWS_AT_ONCE):
            rows = item_weights[first : first + _ROWS_AT_ONCE]
            best = np.argsort(-rows, axis=1, kind="stable")
            best = best[:, : self.num_fitted]
            own = known[first : first + _ROWS_AT_ONCE]
            neighbours[own, : best.shape[1]] = known[best]
            weights_to[own, : best.shape[1]] = self.weight * np.maximum(
                np.take_along_axis(rows, best, axis=1), 0
            )
        self.neighbours.assign(neighbours)
        self.weights_to.assign(weights_to)

    def fit_similar(self, features: np.ndarray) -> None:
        """Adds the weights between items with similar features.

        Exact search: the time grows with the square of the number of items.

        Args:
            features: Features of all items, float32 [items, F].
        """
        norms = np.linalg.norm(features, axis=1, keepdims=True)
        units = features / np.maximum(norms, 1e-9)
        neighbours = np.array(self.neighbours)
        weights_to = np.array(self.weights_to)
        num_similar = neighbours.shape[1] - self.num_fitted
        for first in range(0, len(units), _ROWS_AT_ONCE):
            own = np.arange(first, min(first + _ROWS_AT_ONCE, len(units)))
            cosines = units[own] @ units.T
            cosines[own - first, own] = 0
            best = np.argpartition(-cosines, num_similar - 1, axis=1)
            best = best[:, :num_similar]
            cosines = np.take_along_axis(cosines, best, axis=1)
            neighbours[own, self.num_fitted :] = best
            weights_to[own, self.num_fitted :] = (
                self.similarity_weight
                * np.maximum(cosines, 0) ** SIMILARITY_POWER
            )
        self.neighbours.assign(neighbours)
        self.weights_to.assign(weights_to)

    def call(
        self, items: Any, rows: Any, num_users: int, weights: Any = None
    ) -> Any:
        """Scores the catalog for histories.

        Args:
            items: Item indices of all histories, concatenated, int [n].
            rows: Row index of the user of each item, int [n].
            num_users: Number of users.
            weights: Weights of the items in their histories, float [n]; None if
                all are 1.

        Returns:
            Scores to add to those of the towers, float [num_users, items].
        """
        # 32 bits hold only two billion cells of users and items.
        neighbours = ops.take(self.neighbours, items, axis=0)
        cells = ops.cast(rows, "int64")[:, None] * self._num_items + ops.cast(
            neighbours, "int64"
        )
        added = ops.take(self.weights_to, items, axis=0)
        if weights is not None:
            added = added * weights[:, None]
        sums = ops.segment_sum(
            ops.reshape(added, [-1]),
            ops.reshape(cells, [-1]),
            num_segments=num_users * self._num_items,
        )
        return ops.reshape(sums, [num_users, self._num_items])


def closed_form(
    items: np.ndarray,
    starts: np.ndarray,
    num_items: int,
    ridge: float,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns all weights W of the most popular items, at most `MOST_ITEMS`.

    Args:
        items: Item indices of all users, concatenated, int [n].
        starts: Row splits: start of each user's items, and n, int [users + 1].
        num_items: Number of items of the catalog.
        ridge: L2 penalty of the weights, in the unit of interaction counts.
        weights: Weights w_ui of the items, float [n]; None if all are 1.

    Returns:
        Indices of the items with weights, ascending, int [known]; and W,
        float32 [known, known].
    """
    values = np.ones(len(items), np.float32) if weights is None else weights
    matrix = csr_matrix(
        (values.astype(np.float32), items, starts),
        shape=(len(starts) - 1, num_items),
    )
    counts = np.bincount(items, minlength=num_items)
    commonest = np.argsort(-counts, kind="stable")[:MOST_ITEMS]
    known = np.sort(commonest[counts[commonest] > 0])
    inverse = _regularized_inverse(matrix[:, known], ridge)
    inverse /= -np.diagonal(inverse).copy()
    np.fill_diagonal(inverse, 0)
    return known, inverse


def _regularized_inverse(matrix: csr_matrix, ridge: float) -> np.ndarray:
    """Returns P = (X^T X + ridge I)^-1 of X [users, items].

    With fewer users than items it solves a system of users instead, by the
    Woodbury identity: P = (I - X^T (X X^T + ridge I)^-1 X) / ridge.
    """
    users, items = matrix.shape
    if items <= users:
        gram = (matrix.T @ matrix).toarray()
        gram[np.diag_indices(items)] += ridge
        return np.linalg.inv(gram)
    gram = (matrix @ matrix.T).toarray()
    gram[np.diag_indices(users)] += ridge
    inverse = matrix.T @ np.linalg.solve(gram, matrix.toarray())
    inverse /= -ridge
    inverse[np.diag_indices(items)] += 1 / ridge
    return inverse
