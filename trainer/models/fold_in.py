"""Fold-in: the embedding of a person whom training never saw.

Someone who likes items with mean embedding a is given the theta that best
sets a apart from the catalogue, in the least-squares surrogate of BPR,

    mean over items j of (1 - theta . (a - Phi_j))^2 + lambda |theta|^2,

whose minimum has a closed form: with mu and C the mean and the covariance of
the catalogue, m = a - mu and M = C + lambda I,

    theta = M^-1 m / (1 + m . M^-1 m).

One K x K matrix is all that a server needs to hold.
"""

import dataclasses
from typing import Any

import numpy as np
from keras import ops

RIDGE = 0.1
"""Lambda, as a share of the mean variance of an embedding's dimensions."""


@dataclasses.dataclass(frozen=True)
class FoldIn:
    """A fitted fold-in.

    Attributes:
        vectors: Phi of all items, float32 [items, K].
        mean: Mean embedding of the catalogue, mu, float32 [K].
        inverse: (C + lambda I)^-1, float32 [K, K].
        has_bias: Whether a 1 is appended, for the biases of items.
    """

    vectors: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray
    has_bias: bool

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Returns user embeddings.

        Args:
            sums: Sum of the embeddings of the items each person likes, float
                [batch, K].
            numbers: How many these are, at least 1, float [batch].

        Returns:
            theta, float [batch, K], and the 1.
        """
        liked = sums / numbers[:, None]
        offset = liked - ops.convert_to_tensor(self.mean)
        solved = ops.matmul(offset, ops.convert_to_tensor(self.inverse))
        theta = solved / (1.0 + ops.sum(offset * solved, axis=1, keepdims=True))
        return with_one(theta) if self.has_bias else theta


def with_one(people: Any) -> Any:
    """Appends what the biases of items are multiplied by, [batch, K + 1]."""
    return ops.concatenate([people, ops.ones_like(people[:, :1])], axis=1)


def fit_fold_in(
    item_embeddings: np.ndarray, has_bias: bool = False, ridge: float = RIDGE
) -> FoldIn:
    """Fits the fold-in to a catalogue.

    Args:
        item_embeddings: Phi of all items, float [items, K].
        has_bias: Whether people are given a 1 besides.
        ridge: Share of the mean variance that is added to each variance.

    Returns:
        The fold-in.
    """
    items = item_embeddings.astype(np.float64)
    mean = items.mean(axis=0)
    covariance = (items - mean).T @ (items - mean) / len(items)
    size = len(mean)
    # The tiny constant is for a catalogue of equal photos.
    penalty = ridge * np.trace(covariance) / size + 1e-12
    inverse = np.linalg.inv(covariance + penalty * np.eye(size))
    return FoldIn(
        item_embeddings,
        mean.astype(np.float32),
        inverse.astype(np.float32),
        has_bias,
    )
