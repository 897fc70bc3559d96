"""Scorers: the interface of the evaluation to a model."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from trainer.models.ease import EASE

Scorer = Callable[[np.ndarray], np.ndarray]
"""Function from user indices, int [batch], to scores, float [batch, items]."""


def product_scorer(
    user_vectors: np.ndarray, item_vectors: np.ndarray
) -> Scorer:
    """Returns a scorer by the dot product of user and item embeddings.

    Items with equal embeddings get equal scores, to the last bit. A matrix
    product alone does not ensure that: it sums columns at its edges in another
    order, and would break ties by the position of an item.

    Args:
        user_vectors: User embeddings, float32 [users, D].
        item_vectors: Item embeddings, float32 [items, D].
    """
    copies, originals = _copies(item_vectors)

    def score(users: np.ndarray) -> np.ndarray:
        scores: np.ndarray = user_vectors[users] @ item_vectors.T
        if len(copies):
            scores[:, copies] = scores[:, originals]
        return scores

    return score


def with_ease(
    score: Scorer,
    ease: EASE | None,
    liked: tf.RaggedTensor,
    weights: tf.RaggedTensor | None = None,
) -> Scorer:
    """Returns a scorer that adds the EASE scores of histories.

    Args:
        score: Scorer of the towers.
        ease: EASE layer; None returns `score` unchanged.
        liked: Item indices of each user's history, int64 [users, None].
        weights: Weights of these items, ragged float32 like `liked`; None if
            all are 1.
    """
    if ease is None:
        return score

    def add(users: np.ndarray) -> np.ndarray:
        own = tf.gather(liked, users)
        added = ease(
            own.values,
            own.value_rowids(),
            num_users=len(users),
            weights=None
            if weights is None
            else tf.gather(weights, users).values,
        )
        scores: np.ndarray = score(users) + added.numpy()
        return scores

    return add


def restricted(score: Scorer, candidates: np.ndarray) -> Scorer:
    """Returns a scorer of a subset of the items.

    Args:
        score: Scorer of all items.
        candidates: Item indices of the subset, int [candidates].
    """
    return lambda users: np.take(score(users), candidates, axis=1)


def _copies(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rows equal to an earlier row, and the first equal rows."""
    # Random projections, summed column by column: equal for equal vectors.
    sums = np.zeros(len(vectors))
    weights = np.random.default_rng(0).random(vectors.shape[1])
    for weight, column in zip(weights, vectors.T, strict=True):
        sums += weight * column
    _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
    original = first[inverse]
    copies = np.flatnonzero(original != np.arange(len(vectors)))
    # Different vectors may have the same projection by chance.
    copies = copies[(vectors[copies] == vectors[original[copies]]).all(axis=1)]
    return copies, original[copies]
