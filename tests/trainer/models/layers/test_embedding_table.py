import numpy as np
import tensorflow as tf

from trainer.models.layers.embedding_table import EmbeddingTable


def test_rows_are_read_and_differentiated_alone():
    table = EmbeddingTable(9, 4, dtype="mixed_bfloat16")
    table.build()
    rows = tf.constant([[3, 0], [3, 8]])

    @tf.function
    def square_sum():
        with tf.GradientTape() as tape:
            vectors = table(rows)
            total = tf.reduce_sum(tf.square(vectors))
        gradient = tape.gradient(total, table.embeddings.value)
        return vectors, gradient.values, gradient.indices

    vectors, values, indices = square_sum()
    assert vectors.dtype == tf.bfloat16
    weights = table.embeddings.numpy()
    np.testing.assert_allclose(
        tf.cast(vectors, tf.float32), weights[rows], rtol=1e-2
    )
    np.testing.assert_array_equal(indices, [3, 0, 3, 8])
    np.testing.assert_allclose(values, 2 * weights[indices], rtol=2e-2)
    graph = square_sum.get_concrete_function().graph
    assert "ReadVariableOp" not in {op.type for op in graph.get_operations()}
