"""People known only by items they like: from items to the vector of a person.

Whatever the user tower, this takes one row an item, their sum and their number,
so that a server needs a table and a few lines of arithmetic, and nobody has to
be trained on first.
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


class UserEncoder(Protocol):
    """Makes vectors of people."""

    @property
    def vectors(self) -> np.ndarray:
        """What each item adds to the sum, float32 [items, C]."""

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Returns the vectors of people.

        Args:
            sums: Of the rows of the items that they like, float [batch, C].
            numbers: How many these are, at least 1, float [batch].

        Returns:
            float [batch, D].
        """


@dataclasses.dataclass(frozen=True)
class HistoryEncoder:
    """The history tower, all that it asks of photos already answered.

    Attributes:
        vectors: Of each item, `TwoTower.history_rows`, float32 [items, K + 1].
        offset: What is added to all people, float32 [K].
        has_bias: Whether a 1 is appended, for the biases of items.
    """

    vectors: np.ndarray
    offset: np.ndarray
    has_bias: bool

    def __call__(self, sums: Any, numbers: Any) -> Any:
        """Returns the vectors of people; see `UserEncoder`."""
        del numbers  # Weights count instead, which are part of the sums.
        people = pooled(sums) + ops.convert_to_tensor(self.offset)
        return with_one(people) if self.has_bias else people


def encode_users(encoder: UserEncoder, liked: tf.RaggedTensor) -> np.ndarray:
    """Returns the vectors of people known by what they like.

    Args:
        encoder: Of the model.
        liked: Item indices, at least one a person, int64 [people, None].

    Returns:
        float32 [people, D].
    """
    starts = liked.row_starts().numpy()
    rows = encoder.vectors[liked.values.numpy()]
    sums = np.add.reduceat(rows, starts, axis=0)
    numbers = liked.row_lengths().numpy().astype(np.float32)
    people: np.ndarray = keras.ops.convert_to_numpy(encoder(sums, numbers))
    return people.copy()
