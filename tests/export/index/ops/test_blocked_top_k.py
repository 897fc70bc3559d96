import numpy as np
import pytest
import tensorflow as tf

from export.index.ops.blocked_top_k import blocked_top_k
from export.index.top_k import NO_SCORE


@pytest.fixture(scope="module")
def traced():
    """The function as a graph for values and lists of any size."""
    return tf.function(
        blocked_top_k,
        input_signature=[
            tf.TensorSpec([None, None]),
            tf.TensorSpec([], tf.int32),
        ],
        autograph=False,
    )


@pytest.mark.parametrize("number", [1, 31, 32, 33, 100, 5003])
@pytest.mark.parametrize("k", [1, 20, 5003])
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_equals_top_k(traced, number, k, batch):
    """Of many equal values the same ones too."""
    rng = np.random.default_rng(number)
    values = rng.integers(20, size=(batch, number)).astype(np.float32)
    values[:, ::3] = NO_SCORE
    k = min(k, number)
    expected = tf.math.top_k(values, k)
    for found in (blocked_top_k(tf.constant(values), k), traced(values, k)):
        np.testing.assert_array_equal(found[0], expected.values)
        np.testing.assert_array_equal(found[1], expected.indices)
