import numpy as np
import pytest
import tensorflow as tf

from export.index.ops.inner_products import inner_products


@pytest.mark.parametrize("batch", [0, 1, 2, 7, 8, 9])
def test_equals_numpy(batch):
    rng = np.random.default_rng(batch)
    queries = rng.normal(size=(batch, 5)).astype(np.float32)
    vectors = rng.normal(size=(30, 5)).astype(np.float32)
    traced = tf.function(
        inner_products,
        input_signature=[
            tf.TensorSpec([None, 5]),
            tf.TensorSpec([None, 5]),
        ],
        autograph=False,
    )
    for multiply in (inner_products, traced):
        found = multiply(tf.constant(queries), tf.constant(vectors))
        np.testing.assert_allclose(found, queries @ vectors.T, atol=1e-5)
