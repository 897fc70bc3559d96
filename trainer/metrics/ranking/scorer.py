"""What the evaluation asks of a model: scores of the catalogue, no more."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from trainer.models.towers.ease import EASE

Scorer = Callable[[np.ndarray], np.ndarray]
"""Maps user indices, int [batch], to scores, float [batch, items]."""


def product_scorer(
    user_vectors: np.ndarray, item_vectors: np.ndarray
) -> Scorer:
    """Returns a scorer by the product of two vectors.

    Items with equal vectors get equal scores, to the last bit. A matrix
    product alone does not see to that: it sums the columns at its edges in
    another order, and so would break ties by where an item stands.

    Args:
        user_vectors: float32 [users, D].
        item_vectors: float32 [items, D].
    """
    copies, originals = _copies(item_vectors)

    def score(users: np.ndarray) -> np.ndarray:
        scores: np.ndarray = user_vectors[users] @ item_vectors.T
        if len(copies):
            scores[:, copies] = scores[:, originals]
        return scores

    return score


def with_ease(
    score: Scorer, ease: EASE | None, liked: tf.RaggedTensor
) -> Scorer:
    """Returns a scorer that adds what is taken together.

    Args:
        score: Scores of the towers.
        ease: The weights; if None, these scores are all.
        liked: Item indices of each user, int64 [users, None].
    """
    if ease is None:
        return score

    def add(users: np.ndarray) -> np.ndarray:
        own = tf.gather(liked, users)
        added = ease(own.values, own.value_rowids(), num_people=len(users))
        scores: np.ndarray = score(users) + added.numpy()
        return scores

    return add


def restricted(score: Scorer, candidates: np.ndarray) -> Scorer:
    """Returns a scorer of some items only.

    Args:
        score: Scores all items.
        candidates: Their indices, int [candidates].
    """
    return lambda users: np.take(score(users), candidates, axis=1)


def _copies(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds vectors that stood before: their indices, and where they did."""
    # Weighted sums, column by column: those of equal vectors are equal.
    sums = np.zeros(len(vectors))
    weights = np.random.default_rng(0).random(vectors.shape[1])
    for weight, column in zip(weights, vectors.T, strict=True):
        sums += weight * column
    _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
    original = first[inverse]
    copies = np.flatnonzero(original != np.arange(len(vectors)))
    # And if others have the same sum, by chance, they are no copies.
    copies = copies[(vectors[copies] == vectors[original[copies]]).all(axis=1)]
    return copies, original[copies]
