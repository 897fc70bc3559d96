"""The people whom training saw, by id."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.servables.id_lookup import IdLookup


class UserTable(tf.Module):
    """Vectors by id; who is not known is the average person.

    Args:
        user_ids: Who is known.
        vectors: Their vectors, float32 [users, D].
    """

    def __init__(self, user_ids: list[str], vectors: np.ndarray) -> None:
        super().__init__()
        self._index = IdLookup(user_ids, "users")
        average = vectors.mean(axis=0, keepdims=True)
        self._vectors = tf.Variable(
            np.concatenate([average, vectors]), trainable=False
        )

    def rows(self, user_id: tf.Tensor) -> tf.Tensor:
        """Returns the places of people, counted from 1; 0 is the average.

        Args:
            user_id: string [batch].

        Returns:
            int64 [batch].
        """
        return self._index(user_id) + 1

    def __call__(self, user_id: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Looks people up.

        Args:
            user_id: string [batch].

        Returns:
            Their vectors, float32 [batch, D], and who is known, bool [batch].
        """
        rows = self.rows(user_id)
        return gather_rows(self._vectors, rows), rows > 0

    @property
    def average(self) -> tf.Tensor:
        """The vector of who is not known, float32 [D]."""
        return self._vectors[0]
