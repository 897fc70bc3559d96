"""Item embeddings and biases, learned from the interactions of each item."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

from trainer.models.layers.embedding_table import lookup

SHRINKAGE = 3.0
"""Interaction count at which an item's own embedding has half its weight."""

MAX_DRAWS = 1 << 16
"""Maximum number of random draws in a step, so that its time does not grow with
the catalog. Items whose indices differ by a multiple are dropped together."""


@keras.saving.register_keras_serializable(package="atelier")
class ItemEmbedding(layers.Layer):
    """Embedding and bias of each item, added to those of its image.

    The embeddings share the space of the image embeddings, so that preferences
    learned from images apply to items and vice versa. The embedding of an item
    with n training interactions is scaled by n / (n + `SHRINKAGE`); without
    interactions only the image counts. In training, the embeddings of a random
    subset of items are dropped in each step, so that the item tower learns to
    score without them.

    Example:
        layer = ItemEmbedding(train_counts, 64, dropout=0.3, in_histories=True)
        mask = layer.mask(training=True)
        vectors = phi + layer.item_part(items, mask)

    Args:
        train_counts: Training interaction count of each item, int [items].
        embedding_dim: Embedding size K.
        dropout: Fraction of the items whose embeddings are dropped in a step.
        in_histories: Whether items have a second embedding for histories.
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        train_counts: Sequence[int] | np.ndarray,
        embedding_dim: int,
        dropout: float,
        in_histories: bool,
        name: str = "item_embedding",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._counts = np.asarray(train_counts)
        self._shape = (len(train_counts), embedding_dim)
        self.vectors = self._vectors("vectors")
        self.history_vectors = (
            self._vectors("history_vectors") if in_histories else None
        )
        self.biases = self.add_weight(
            shape=(len(train_counts),), initializer="zeros", name="biases"
        )
        self.common_bias = self.add_weight(
            shape=(), initializer="zeros", name="common_bias"
        )
        self._trust = ops.convert_to_tensor(
            (self._counts / (self._counts + SHRINKAGE)).astype("float32")
        )
        self.dropout = dropout
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "train_counts": self._counts.tolist(),
            "embedding_dim": self._shape[1],
            "dropout": self.dropout,
            "in_histories": self.history_vectors is not None,
        }

    def call(self, items: Any, training: bool = False) -> Any:
        """Returns the vectors to add to Phi, with a mask of their own.

        Args:
            items: Item indices, int [n].
            training: Whether embeddings are dropped.

        Returns:
            Weighted embeddings, float [n, K].
        """
        return self.item_part(items, self.mask(training))

    def mask(self, training: bool) -> Any:
        """Returns which embeddings are kept, 0 or 1, float [draws].

        The draw of an item is that of its index modulo the number of draws, at
        most `MAX_DRAWS`.
        """
        shape = (min(self._shape[0], MAX_DRAWS),)
        if not training or not self.dropout:
            return ops.ones(shape)
        draws = keras.random.uniform(shape, seed=self.seed_generator)
        return ops.cast(draws >= self.dropout, "float32")

    def item_part(self, items: Any, mask: Any) -> Any:
        """Returns the vectors to add to Phi.

        Args:
            items: Item indices, int [n].
            mask: Kept embeddings by `mask`, float [draws].

        Returns:
            Weighted embeddings, float [n, K].
        """
        return self._masked(self.vectors, items, mask)

    def history_part(self, items: Any, mask: Any) -> Any:
        """Returns the vectors to add to the history projection of items.

        Args:
            items: Item indices, int [n].
            mask: Kept embeddings by `mask`, float [draws].

        Returns:
            Weighted history embeddings, float [n, K].
        """
        return self._masked(self.history_vectors, items, mask)

    def bias(self, items: Any) -> Any:
        """Returns the biases of items, shrunk to the common bias, float [n].

        The fewer interactions an item has, the closer its bias is to the common
        one.

        Args:
            items: Item indices, int [n].
        """
        trust = ops.take(self._trust, items)
        own = lookup(self.biases, items)
        return trust * own + (1 - trust) * self.common_bias

    def _masked(self, vectors: Any, items: Any, mask: Any) -> Any:
        weights = ops.take(self._trust, items) * ops.take(
            mask, items % mask.shape[0]
        )
        return lookup(vectors, items) * weights[:, None]

    def _vectors(self, name: str) -> Any:
        # One initializer per weight: each repeats its random values.
        return self.add_weight(
            shape=self._shape,
            initializer=keras.initializers.RandomNormal(stddev=0.01),
            name=name,
        )
