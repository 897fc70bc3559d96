"""User towers: an embedding per user id, or pooling of the user's history."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.layers.embedding_table import EmbeddingTable
from trainer.models.layers.partitioned_table import PartitionedTable

MAX_INITIAL_USER = 0.01
"""Upper end of the uniform initialization of users (the authors' code)."""

POOLING_POWER = 0.5
"""Power of the total weight that divides the weighted sum of a history.

0 gives the sum of the items and 1 their mean. In between, a longer history,
which is stronger evidence, gives larger scores.
"""


def id_tower(
    num_users: int, embedding_dim: int, partitions: int = 1
) -> EmbeddingTable | PartitionedTable:
    """Builds the paper's user tower, one embedding per user.

    Args:
        num_users: Number of users.
        embedding_dim: Embedding size K.
        partitions: Number of parts of the table.

    Returns:
        A layer from int [batch] to theta, float [batch, K].
    """
    if partitions > 1:
        return PartitionedTable(
            num_users,
            embedding_dim,
            partitions,
            MAX_INITIAL_USER,
            name="user_tower",
        )
    tower = EmbeddingTable(
        num_users,
        embedding_dim,
        embeddings_initializer=keras.initializers.RandomUniform(
            0.0, MAX_INITIAL_USER
        ),
        name="user_tower",
    )
    tower.build()
    return tower


@keras.saving.register_keras_serializable(package="atelier")
class RecencyDecay(layers.Layer):
    """Decay of the weight of an item in a history, with its age and order.

        d = (1 + age)^-a (1 + order)^-b,

    with age the time between the item and the moment that the history is used,
    in days, and order the number of interactions between them plus one. Both
    exponents are learned from 0, which is no decay. A power law, because the
    days since an interaction range from none to years.

    Example:
        decay = RecencyDecay()
        weights = decay(np.array([[0.0, 1.0], [7.5, 2.0]]))

    Args:
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(self, name: str = "recency_decay", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.exponents = self.add_weight(
            shape=(2,), initializer="zeros", name="exponents"
        )
        self.built = True

    def call(self, recency: Any) -> Any:
        """Computes the decay.

        Args:
            recency: Age in days and order of each item, float [n, 2].

        Returns:
            Factors of the weights, float [n].
        """
        return ops.exp(-ops.matmul(ops.log1p(recency), self.exponents))


@keras.saving.register_keras_serializable(package="atelier")
class HistoryTower(layers.Layer):
    """User tower that pools the history of a user, for cold-start users too.

    The weight of an item vector h is exp(a . h): attention with one query for
    all users; weights start equal. A row holds a weighted vector and its
    weight, so a history is a sum of rows, from which single rows can be
    subtracted.

    Example:
        tower = HistoryTower(embedding_dim=64, features_dim=256)
        rows = tower.rows(tower.projection(features))
        theta = tower(keras.ops.sum(rows, axis=0, keepdims=True))

    Args:
        embedding_dim: Embedding size K.
        features_dim: Width of the image features.
        kernel_initializer: Initializer of the projection from features to K
            dimensions, which is not shared with the item tower.
        recency_decay: Whether the weight of an item decays, see `RecencyDecay`.
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.

    Attributes:
        projection: The projection.
        decay: The decay of the weights, or None.
    """

    def __init__(
        self,
        embedding_dim: int,
        features_dim: int,
        kernel_initializer: Any = "glorot_uniform",
        recency_decay: bool = False,
        name: str = "history_tower",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._features_dim = features_dim
        self.projection = layers.Dense(
            embedding_dim,
            kernel_initializer=kernel_initializer,
            name="history_projection",
        )
        self.projection.build((None, features_dim))
        self.attention = layers.Dense(
            1, use_bias=False, kernel_initializer="zeros", name="attention"
        )
        self.attention.build((None, embedding_dim))
        self.offset = self.add_weight(
            shape=(embedding_dim,), initializer="zeros", name="offset"
        )
        self.decay = RecencyDecay() if recency_decay else None
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "embedding_dim": self.projection.units,
            "features_dim": self._features_dim,
            "kernel_initializer": keras.initializers.serialize(
                self.projection.kernel_initializer
            ),
            "recency_decay": self.decay is not None,
        }

    def rows(self, vectors: Any) -> Any:
        """Computes the rows that items add to a history.

        Args:
            vectors: Item vectors, float [n, K].

        Returns:
            Vectors times their weights, and the weights, float [n, K + 1].
        """
        weights = ops.exp(self.attention(vectors))
        return ops.concatenate([vectors * weights, weights], axis=1)

    def call(self, sums: Any) -> Any:
        """Computes user embeddings from summed histories.

        Args:
            sums: Sum of the rows of each history, float [batch, K + 1]; zeros
                give the offset.

        Returns:
            User embeddings theta, float [batch, K].
        """
        return pooled(sums) + self.offset


def pooled(sums: Any) -> Any:
    """Pools histories.

    Args:
        sums: Sum of the rows of each history, float [batch, K + 1].

    Returns:
        The weighted sum over the weight to `POOLING_POWER`, zero without items,
        float [batch, K].
    """
    return sums[:, :-1] * pooling_factor(sums[:, -1:])


def pooling_factor(weights: Any) -> Any:
    """Computes the factor of the weighted sum of a history.

    Args:
        weights: Total weight of each history, float, any shape.
    """
    return ops.maximum(weights, 1e-6) ** -POOLING_POWER
