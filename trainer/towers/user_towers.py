"""The user towers: a person by their id, or by what they took."""

from typing import Any

import keras
from keras import layers
from keras import ops

MAX_INITIAL_USER = 0.01
"""User embeddings start uniform between 0 and this (the authors' code)."""

POOLING_POWER = 0.5
"""A history of n items is their sum over n to this power.

0 would be their sum and 1 their mean: with more items a taste is clearer, and
scores may be larger.
"""


def id_tower(num_users: int, embedding_dim: int) -> layers.Embedding:
    """Builds the paper's user tower, a row a person.

    Returns:
        A layer from int [batch] to theta, float [batch, K].
    """
    tower = layers.Embedding(
        num_users,
        embedding_dim,
        embeddings_initializer=keras.initializers.RandomUniform(
            0.0, MAX_INITIAL_USER
        ),
        name="user_tower",
    )
    tower.build()
    return tower


class HistoryTower(layers.Layer):
    """A person as what they took: no row a person, so it serves anybody.

    Args:
        projection: Features of a photo to K dimensions, of its own.
        features_dim: Width of the features.
    """

    def __init__(self, projection: layers.Dense, features_dim: int) -> None:
        super().__init__(name="history_tower")
        self.projection = projection
        self.projection.build((None, features_dim))
        self.offset = self.add_weight(
            shape=(projection.units,), initializer="zeros", name="offset"
        )
        self.built = True

    def call(self, sums: Any, numbers: Any) -> Any:
        """Returns theta of people whose histories are added up.

        Args:
            sums: Sum over the items of a history of their projected features
                (and factors), float [batch, K].
            numbers: How many these are, float [batch]; 0 gives the offset.

        Returns:
            theta, float [batch, K].
        """
        return pooled(sums, numbers) + self.offset


def pooled(sums: Any, numbers: Any) -> Any:
    """Returns what represents a history.

    Args:
        sums: Sum of the vectors of its items, float [batch, K].
        numbers: How many these are, float [batch].

    Returns:
        The sum over the number to `POOLING_POWER`, zero without items, float
        [batch, K].
    """
    return sums * (ops.maximum(numbers, 1.0) ** -POOLING_POWER)[:, None]
