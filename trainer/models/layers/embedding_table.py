"""Embedding lookups that read no other row of the table."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers
from keras import ops


def lookup(table: keras.Variable, rows: Any) -> Any:
    """Looks up rows of a table; its gradient is of these rows alone.

    `ops.take` reads the variable first and then takes the rows. TensorFlow
    copies a variable that is updated by rows each time it is read as a whole,
    so that the time of a step would grow with the table.

    Args:
        table: Table, float [n, ...].
        rows: Row indices, int of any shape.

    Returns:
        The rows, float, of the shape of `rows` and a row.
    """
    return tf.gather(table.value, rows)


@keras.saving.register_keras_serializable(package="atelier")
class EmbeddingTable(layers.Embedding):
    """`keras.layers.Embedding` that reads only the rows it looks up.

    Trained by `LazyAdam`, the time of a step does not depend on the size of
    the table.

    Example:
        table = EmbeddingTable(10_000_000, 64)
        vectors = table(users)
    """

    def add_weight(self, *args: Any, **kwargs: Any) -> keras.Variable:
        """Adds the table, of which mixed precision casts looked up rows only.

        Args:
            *args: Arguments of `keras.layers.Layer.add_weight`.
            **kwargs: Further arguments.
        """
        return super().add_weight(*args, **kwargs, autocast=False)

    def call(self, inputs: Any) -> Any:
        """Looks up embeddings, float [..., output_dim].

        Args:
            inputs: Row indices, int [...].
        """
        return ops.cast(lookup(self.embeddings, inputs), self.compute_dtype)
