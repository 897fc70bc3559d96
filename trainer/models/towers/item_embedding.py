"""What is known of an item besides its photo: who took it."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

SHRINKAGE = 3.0
"""So many takers count as much as what is true of all items."""


class ItemEmbedding(layers.Layer):
    """A vector and a bias an item, added to what its photo gives.

    The vectors live in the space of the embeddings, so that a taste that was
    learned from photos meets what was learned of an item, and the other way
    round. An item with n takers in training is trusted with a share of n / (n +
    `SHRINKAGE`) of its own; where nobody took it, its photo alone speaks for
    it. In training, the vectors of a random part of the items are left out of
    each step, so that the photo learns to do without.

    Args:
        train_counts: Takers of each item in training, int [items].
        embedding_dim: K.
        dropout: Share of the items whose vectors are left out of a step.
        in_histories: Whether items have vectors for histories too.
    """

    def __init__(
        self,
        train_counts: np.ndarray,
        embedding_dim: int,
        dropout: float,
        in_histories: bool,
    ) -> None:
        super().__init__(name="item_embedding")
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
            (train_counts / (train_counts + SHRINKAGE)).astype("float32")
        )
        self._dropout = dropout
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def mask(self, training: bool) -> Any:
        """Returns how much vectors count, from 0 to 1, float [items]."""
        if not training or not self._dropout:
            return self._trust
        draws = keras.random.uniform(
            (self._shape[0],), seed=self.seed_generator
        )
        kept = ops.cast(draws >= self._dropout, "float32")
        return self._trust * kept

    def item_part(self, items: Any, mask: Any) -> Any:
        """Returns what is added to Phi of some items, [n, K]."""
        return _masked(self.vectors, items, mask)

    def history_part(self, items: Any, mask: Any) -> Any:
        """Returns what is added to some items of a history, [n, K]."""
        return _masked(self.history_vectors, items, mask)

    def bias(self, items: Any) -> Any:
        """Returns the biases of some items, [n].

        The fewer took an item, the more it has the one of such items.
        """
        trust = ops.take(self._trust, items)
        own = ops.take(self.biases, items)
        return trust * own + (1 - trust) * self.common_bias

    def _vectors(self, name: str) -> Any:
        # An initialiser each: one draws the same numbers every time.
        return self.add_weight(
            shape=self._shape,
            initializer=keras.initializers.RandomNormal(stddev=0.01),
            name=name,
        )


def _masked(vectors: Any, items: Any, mask: Any) -> Any:
    return ops.take(vectors, items, axis=0) * ops.take(mask, items)[:, None]
