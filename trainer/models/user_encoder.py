"""Encoders of cold-start users: from liked items to a user embedding.

For every user tower, an encoder needs one row per item, and the sum and number
of the rows of a user. A server needs only a table and a few lines of
arithmetic, and new users need no training.
"""

import dataclasses
from typing import Any
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from trainer.models.fold_in import with_one
from trainer.models.towers.user_towers import pooled
from trainer.models.towers.user_towers import pooling_factor

_INTERACTIONS_AT_ONCE = 1 << 20
"""Interactions whose item rows are gathered at once, 1 GB of 257 columns."""


class UserEncoder(Protocol):
    """Protocol of encoders that map liked items to user embeddings."""

    @property
    def vectors(self) -> np.ndarray:
        """Row that each item adds to the sum, float32 [items, C]."""

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Computes user embeddings.

        Args:
            sums: Sum of the rows of the items that each user likes, float
                [batch, C].
            numbers: Number of these items, or their total weight, above 0,
                float [batch].

        Returns:
            User embeddings, float [batch, D].
        """

    def parts(self, rows: Any, liked: Any) -> Any:
        """Splits user embeddings into the parts that the liked items add.

        Args:
            rows: Rows of the items that each user likes, float [batch, n, C].
            liked: 1 for a row of an item, 0 for padding, float [batch, n, 1].

        Returns:
            Part of each item, 0 for padding, float [batch, n, K]. Their sum is
            the first K columns of the user embedding, without the offset that
            all users have in common.
        """


@dataclasses.dataclass(frozen=True)
class HistoryEncoder:
    """Encoder of the history tower, with precomputed item rows.

    Attributes:
        vectors: Rows of all items by `TwoTower.history_rows`, float32
            [items, K + 1].
        offset: Vector added to all user embeddings, float32 [K].
        has_bias: Whether a 1 is appended, as the factor of the item bias.
    """

    vectors: np.ndarray
    offset: np.ndarray
    has_bias: bool

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Computes user embeddings; see `UserEncoder.__call__`."""
        del numbers  # The sums include the attention weights instead.
        users = pooled(sums) + ops.convert_to_tensor(self.offset)
        return with_one(users) if self.has_bias else users

    def parts(self, rows: Any, liked: Any) -> Any:
        """Splits user embeddings; see `UserEncoder.parts`."""
        rows = rows * liked
        total = ops.sum(rows[:, :, -1:], axis=1, keepdims=True)
        return rows[:, :, :-1] * pooling_factor(total)


def encode_users(
    encoder: UserEncoder,
    liked: tf.RaggedTensor,
    weights: tf.RaggedTensor | None = None,
) -> np.ndarray:
    """Computes the embeddings of users from the items that they like.

    Args:
        encoder: Encoder of the model.
        liked: Item indices of each user, at least one, int64 [users, None].
        weights: Weights of these items, ragged float32 like `liked`; None if
            all are 1.

    Returns:
        User embeddings, float32 [users, D].
    """
    blocks = liked.row_starts().numpy() // _INTERACTIONS_AT_ONCE
    firsts = np.flatnonzero(np.diff(blocks, prepend=-1)).tolist() or [0]
    lasts = [*firsts[1:], liked.nrows()]
    return np.concatenate(
        [
            _encode_block(
                encoder,
                liked[first:last],
                None if weights is None else weights[first:last],
            )
            for first, last in zip(firsts, lasts, strict=True)
        ]
    )


def _encode_block(
    encoder: UserEncoder,
    liked: tf.RaggedTensor,
    weights: tf.RaggedTensor | None,
) -> np.ndarray:
    starts = liked.row_starts().numpy()
    rows = encoder.vectors[liked.values.numpy()]
    numbers = liked.row_lengths().numpy().astype(np.float32)
    if weights is not None:
        rows = rows * weights.values.numpy()[:, None]
        numbers = np.add.reduceat(weights.values.numpy(), starts)
    sums = np.add.reduceat(rows, starts, axis=0)
    users: np.ndarray = keras.ops.convert_to_numpy(encoder(sums, numbers))
    return users.copy()
