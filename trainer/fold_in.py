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
        mean: Mean embedding of the catalogue, mu, float32 [K].
        inverse: (C + lambda I)^-1, float32 [K, K].
    """

    mean: np.ndarray
    inverse: np.ndarray

    def __call__(self, liked: Any) -> Any:
        """Returns user embeddings.

        Args:
            liked: Mean embedding of the items each person likes, [batch, K].

        Returns:
            theta, float [batch, K].
        """
        offset = liked - ops.convert_to_tensor(self.mean)
        solved = ops.matmul(offset, ops.convert_to_tensor(self.inverse))
        return solved / (1.0 + ops.sum(offset * solved, axis=1, keepdims=True))


def fit_fold_in(item_embeddings: np.ndarray, ridge: float = RIDGE) -> FoldIn:
    """Fits the fold-in to a catalogue.

    Args:
        item_embeddings: Phi of all items, float [items, K].
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
    return FoldIn(mean.astype(np.float32), inverse.astype(np.float32))
