"""Fold-in: user embeddings of cold-start users in closed form.

For a user who likes items with mean embedding a, theta minimizes the
least-squares surrogate of BPR against the whole catalog,

    mean over items j of (1 - theta . (a - Phi_j))^2 + lambda |theta|^2.

With mu and C the mean and the covariance of the item embeddings, m = a - mu
and M = C + lambda I, the minimum is

    theta = M^-1 m / (1 + m . M^-1 m).

A server needs to hold only mu and one K x K matrix.
"""

import dataclasses
from typing import Any

import numpy as np
from keras import ops

RIDGE = 0.1
"""Lambda, as a fraction of the mean variance of the embedding dimensions."""


@dataclasses.dataclass(frozen=True)
class FoldIn:
    """Encoder of cold-start users by a fitted fold-in.

    Attributes:
        vectors: Phi of all items, float32 [items, K].
        mean: Mean item embedding of the catalog, mu, float32 [K].
        inverse: Matrix (C + lambda I)^-1, float32 [K, K].
        has_bias: Whether a 1 is appended, as the factor of the item bias.
    """

    vectors: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray
    has_bias: bool

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Computes user embeddings; see `UserEncoder.__call__`."""
        liked = sums / numbers[:, None]
        offset = liked - ops.convert_to_tensor(self.mean)
        solved = ops.matmul(offset, ops.convert_to_tensor(self.inverse))
        theta = solved / (1.0 + ops.sum(offset * solved, axis=1, keepdims=True))
        return with_one(theta) if self.has_bias else theta

    def parts(self, rows: Any, liked: Any) -> Any:
        """Splits user embeddings; see `UserEncoder.parts`."""
        numbers = ops.maximum(ops.sum(liked, axis=1, keepdims=True), 1.0)
        offsets = (rows - ops.convert_to_tensor(self.mean)) * liked / numbers
        solved = ops.matmul(offsets, ops.convert_to_tensor(self.inverse))
        product = ops.sum(
            ops.sum(offsets, axis=1, keepdims=True)
            * ops.sum(solved, axis=1, keepdims=True),
            axis=2,
            keepdims=True,
        )
        return solved / (1.0 + product)


def with_one(user_vectors: Any) -> Any:
    """Appends a 1, the factor of the item bias: float [batch, K + 1].

    Args:
        user_vectors: User embeddings, float [batch, K].
    """
    return ops.concatenate(
        [user_vectors, ops.ones_like(user_vectors[:, :1])], axis=1
    )


def fit_fold_in(
    item_embeddings: np.ndarray, has_bias: bool = False, ridge: float = RIDGE
) -> FoldIn:
    """Fits the fold-in to the item embeddings of a catalog.

    Args:
        item_embeddings: Phi of all items, float [items, K].
        has_bias: Whether to append a 1 to user embeddings, as the factor of the
            item bias.
        ridge: Lambda, as a fraction of the mean variance of the dimensions.

    Returns:
        The fitted fold-in.
    """
    items = item_embeddings.astype(np.float64)
    mean = items.mean(axis=0)
    covariance = (items - mean).T @ (items - mean) / len(items)
    size = len(mean)
    # The constant keeps the matrix invertible if all images are equal.
    penalty = ridge * np.trace(covariance) / size + 1e-12
    inverse = np.linalg.inv(covariance + penalty * np.eye(size))
    return FoldIn(
        item_embeddings,
        mean.astype(np.float32),
        inverse.astype(np.float32),
        has_bias,
    )
