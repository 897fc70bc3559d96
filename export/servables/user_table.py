"""Embedding table of the users of the training data."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.servables.id_lookup import IdLookup


class UserTable(tf.Module):
    """User embeddings by id; unknown users get an average embedding.

    Args:
        user_ids: Ids of the known users.
        vectors: Embeddings of the known users, float32 [users, D].
        average: Embedding of unknown users, float32 [D]; the mean of `vectors`
            if None.

    Example:
        users = UserTable(["ann", "bob"], np.eye(2, dtype=np.float32))
        embeddings, known = users(tf.constant(["bob", "eve"]))
        # embeddings: [[0, 1], [.5, .5]], known: [True, False]
    """

    def __init__(
        self,
        user_ids: list[str],
        vectors: np.ndarray,
        average: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self._index = IdLookup(user_ids, "users")
        if average is None:
            average = vectors.mean(axis=0)
        self._vectors = tf.Variable(
            np.concatenate([average[None], vectors]), trainable=False
        )

    def rows(self, user_id: tf.Tensor) -> tf.Tensor:
        """Returns the table rows of users.

        Args:
            user_id: User ids, string [batch].

        Returns:
            Rows from 1 on, 0 for unknown users, int64 [batch].
        """
        return self._index(user_id) + 1

    def __call__(self, user_id: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Looks up user embeddings.

        Args:
            user_id: User ids, string [batch].

        Returns:
            Embeddings, float32 [batch, D], and whether each user is known, bool
            [batch].
        """
        rows = self.rows(user_id)
        return gather_rows(self._vectors, rows), rows > 0

    @property
    def average(self) -> tf.Tensor:
        """Embedding of unknown users, float32 [D]."""
        return self._vectors[0]
