"""Embedding table in several parts, which servers share."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers
from keras import ops


@keras.saving.register_keras_serializable(package="atelier")
class PartitionedTable(layers.Layer):
    """`EmbeddingTable` whose rows are in several variables.

    Under `tf.distribute.ParameterServerStrategy` the parts are on different
    servers, each with its moments of the optimizer, so that a table may be
    larger than the memory of a host. The partitioners of TensorFlow are not
    used: Keras 3 neither differentiates, updates nor saves the
    `ShardedVariable` that they make. Each part has initial values of its own,
    so that no host makes the whole table.

    Example:
        table = PartitionedTable(10**8, 64, partitions=8, initial_max=0.01)
        vectors = table(users)

    Args:
        input_dim: Number of rows.
        output_dim: Width of a row.
        partitions: Number of parts.
        initial_max: Upper end of the initial values, uniform from 0.
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.

    Attributes:
        parts: The parts, float [input_dim / partitions, output_dim] each; the
            first ones have the rest of the rows.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        partitions: int,
        initial_max: float,
        name: str = "partitioned_table",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._shape = (input_dim, output_dim)
        self._initial_max = initial_max
        rows, rest = divmod(input_dim, partitions)
        # Of a tuple TensorFlow saves the variables, of a list of a layer not.
        self.parts = tuple(
            self.add_weight(
                shape=(rows + (part < rest), output_dim),
                # One initializer per weight: each repeats its random values.
                initializer=keras.initializers.RandomUniform(0.0, initial_max),
                name=f"embeddings_{part}",
                autocast=False,
            )
            for part in range(partitions)
        )
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "input_dim": self._shape[0],
            "output_dim": self._shape[1],
            "partitions": len(self.parts),
            "initial_max": self._initial_max,
        }

    @property
    def embeddings(self) -> Any:
        """The whole table, float [input_dim, output_dim]."""
        return ops.concatenate(
            [ops.convert_to_tensor(part) for part in self.parts]
        )

    def call(self, inputs: Any) -> Any:
        """Looks up embeddings, float [..., output_dim].

        Args:
            inputs: Row indices, int [...].
        """
        parts = [part.value for part in self.parts]
        return ops.cast(
            tf.nn.embedding_lookup(parts, inputs), self.compute_dtype
        )
