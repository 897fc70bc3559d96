"""What is known of an item besides its photo: who took it."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops


class ItemFactors(layers.Layer):
    """A vector and a bias an item, added to what its photo gives.

    The vectors live in the space of the embeddings, so that a taste that was
    learned from photos meets what was learned of an item, and the other way
    round. Items that nobody took in training have neither: their photo alone
    speaks for them. In training, the vectors of a random part of the items are
    left out of each step, so that the photo learns to do without.

    Args:
        train_counts: Takers of each item in training, int [items].
        embedding_dim: K.
        dropout: Share of the items whose vectors are left out of a step.
    """

    def __init__(
        self, train_counts: np.ndarray, embedding_dim: int, dropout: float
    ) -> None:
        super().__init__(name="item_factors")
        num_items = len(train_counts)
        # An initialiser each: one draws the same numbers every time.
        self.vectors, self.history_vectors = (
            self.add_weight(
                shape=(num_items, embedding_dim),
                initializer=keras.initializers.RandomNormal(stddev=0.01),
                name=name,
            )
            for name in ("vectors", "history_vectors")
        )
        self.biases = self.add_weight(
            shape=(num_items,), initializer="zeros", name="biases"
        )
        self._taken = ops.convert_to_tensor(
            (train_counts > 0).astype("float32")
        )
        self._dropout = dropout
        self._num_items = num_items
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def mask(self, training: bool) -> Any:
        """Returns which vectors count, 0 or 1, float [items]."""
        if not training or not self._dropout:
            return self._taken
        draws = keras.random.uniform(
            (self._num_items,), seed=self.seed_generator
        )
        kept = ops.cast(draws >= self._dropout, "float32")
        return self._taken * kept

    def item_part(self, items: Any, mask: Any) -> Any:
        """Returns what is added to Phi of some items, [n, K]."""
        return _masked(self.vectors, items, mask)

    def history_part(self, items: Any, mask: Any) -> Any:
        """Returns what is added to some items of a history, [n, K]."""
        return _masked(self.history_vectors, items, mask)

    def bias(self, items: Any) -> Any:
        """Returns the biases of some items, [n]."""
        return ops.take(self.biases * self._taken, items)


def _masked(vectors: Any, items: Any, mask: Any) -> Any:
    return ops.take(vectors, items, axis=0) * ops.take(mask, items)[:, None]
