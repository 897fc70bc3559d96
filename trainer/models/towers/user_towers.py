"""The user towers: a person by their id, or by what they took."""

from typing import Any

import keras
from keras import layers
from keras import ops

MAX_INITIAL_USER = 0.01
"""User embeddings start uniform between 0 and this (the authors' code)."""

POOLING_POWER = 0.5
"""A history is the weighted sum of its items over their weight to this power.

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

    An item's vector h counts with the weight exp(a . h), which is attention
    with one query for all; weights start equal. Rows hold a weighted vector and
    its weight, so that a history is a sum of rows, from which one may be
    taken away.

    Args:
        projection: Features of a photo to K dimensions, of its own.
        features_dim: Width of the features.
    """

    def __init__(self, projection: layers.Dense, features_dim: int) -> None:
        super().__init__(name="history_tower")
        self.projection = projection
        self.projection.build((None, features_dim))
        self.attention = layers.Dense(
            1, use_bias=False, kernel_initializer="zeros", name="attention"
        )
        self.attention.build((None, projection.units))
        self.offset = self.add_weight(
            shape=(projection.units,), initializer="zeros", name="offset"
        )
        self.built = True

    def rows(self, vectors: Any) -> Any:
        """Returns what items add to a history.

        Args:
            vectors: Of the items, float [n, K].

        Returns:
            Vectors times their weights, and the weights, float [n, K + 1].
        """
        weights = ops.exp(self.attention(vectors))
        return ops.concatenate([vectors * weights, weights], axis=1)

    def call(self, sums: Any) -> Any:
        """Returns theta of people whose histories are added up.

        Args:
            sums: Of the rows of a history, float [batch, K + 1]; zeros give
                the offset.

        Returns:
            theta, float [batch, K].
        """
        return pooled(sums) + self.offset


def pooled(sums: Any) -> Any:
    """Returns what represents a history.

    Args:
        sums: Of the rows of its items, float [batch, K + 1].

    Returns:
        The weighted sum over the weight to `POOLING_POWER`, zero without items,
        float [batch, K].
    """
    weights = ops.maximum(sums[:, -1:], 1e-6)
    return sums[:, :-1] * weights**-POOLING_POWER
