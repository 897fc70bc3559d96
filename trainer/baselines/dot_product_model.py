"""Base classes of the learned baselines: a dot product of two vectors."""

import abc
from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer
from trainer.models.losses.bpr import half_square_norms

INITIAL = 0.01
"""Standard deviation of the initial user and item rows."""

_ITEMS_PER_BATCH = 8192


class EmbeddingModel(keras.Model, abc.ABC):
    """Model with a row for each user and item, for `fit`.

    Args:
        data: Interactions that give the number of users and items, and a seed.
        user_width: Width of a user row.
        item_width: Width of an item row.
    """

    def __init__(
        self, data: BaselineData, user_width: int, item_width: int
    ) -> None:
        super().__init__()
        self._seeds = keras.random.SeedGenerator(data.seed)
        self._num_items = data.num_items
        self.user_rows = self._rows(data.num_users, user_width)
        self.item_rows = self._rows(data.num_items, item_width)
        self.shared_weights: list[keras.Variable] = []
        self.built = True

    @abc.abstractmethod
    def scorer(self) -> Scorer:
        """Returns a scorer with a copy of the current weights."""

    @abc.abstractmethod
    def call(self, triples: Any) -> Any:
        """Scores triples and computes their L2 penalty.

        Args:
            triples: Users, int [batch]; positives, int [batch]; negatives, int
                [batch, negatives].

        Returns:
            Positive scores x_ui, float [batch, 1, ...]; negative scores x_uj,
            float [batch, negatives, ...]; and the penalty of each triple, float
            [batch]: |r|^2 / 2 of its user row, plus that of its positive row,
            plus the mean of that over its negative rows.
        """

    def start_epoch(self, epoch: int) -> None:
        """Prepares an epoch; nothing by default.

        Args:
            epoch: Epoch number from 0.
        """

    def shared(self, shape: tuple[int, ...], deviation: float) -> Any:
        """Adds a weight shared by all items, with normal initial values.

        Args:
            shape: Shape of the weight.
            deviation: Standard deviation of the initial values; the mean is 0.
        """
        weight = self.add_weight(
            shape=shape, initializer=self._normal(deviation)
        )
        self.shared_weights.append(weight)
        return weight

    def penalty(self, user_rows: Any, item_rows: Any) -> Any:
        """Returns the L2 penalty of each triple; see `call`.

        Args:
            user_rows: User rows, float [batch, user_width].
            item_rows: Rows of the positives, then of the negatives, float
                [batch, 1 + negatives, item_width].
        """
        norms = half_square_norms(item_rows)
        return (
            half_square_norms(user_rows)
            + norms[:, 0]
            + ops.mean(norms[:, 1:], axis=1)
        )

    def _rows(self, num_rows: int, width: int) -> layers.Embedding:
        table = layers.Embedding(
            num_rows, width, embeddings_initializer=self._normal(INITIAL)
        )
        table.build()
        return table

    def _normal(self, deviation: float) -> keras.initializers.Initializer:
        return keras.initializers.RandomNormal(
            stddev=deviation, seed=self._seeds
        )


class Factors(EmbeddingModel):
    """Dot-product model x_ui = p_u . q_i + b_i with a row per user and item.

    p_u is the row of the user. Subclasses compute q_i and b_i in
    `item_vectors`, from the row of the item and from weights that they create
    by `shared`.
    """

    @abc.abstractmethod
    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns q_i and, in the last column, b_i.

        Args:
            items: Item indices, int [batch].
            rows: Rows of these items, float [batch, item_width].

        Returns:
            q_i and b_i, float [batch, user_width + 1].
        """

    def scorer(self) -> Scorer:
        """Returns a scorer with a copy of the current weights."""
        users = to_numpy(_with_one(self.user_rows.embeddings))
        items = [
            to_numpy(self.item_vectors(batch, self.item_rows(batch)))
            for batch in np.array_split(
                np.arange(self._num_items),
                1 + self._num_items // _ITEMS_PER_BATCH,
            )
        ]
        return product_scorer(users, np.concatenate(items))

    def call(self, triples: Any) -> Any:
        """Scores triples; see `EmbeddingModel`."""
        users, positives, negatives = triples
        items = ops.concatenate([positives[:, None], negatives], axis=1)
        flat = ops.reshape(items, [-1])
        user_rows, item_rows = self.user_rows(users), self.item_rows(flat)
        vectors = self.item_vectors(flat, item_rows)
        vectors = ops.reshape(vectors, [*ops.shape(items), vectors.shape[-1]])
        scores = ops.einsum("bd,bid->bi", _with_one(user_rows), vectors)
        item_rows = ops.reshape(item_rows, [*ops.shape(items), -1])
        penalty = self.penalty(user_rows, item_rows)
        return scores[:, :1], scores[:, 1:], penalty


def _with_one(rows: Any) -> Any:
    """Appends a column of ones, which multiplies the item bias."""
    return ops.pad(rows, [[0, 0], [0, 1]], constant_values=1.0)


def to_numpy(values: Any) -> np.ndarray:
    """Returns a tensor or variable as an array."""
    array: np.ndarray = ops.convert_to_numpy(values)
    return array
