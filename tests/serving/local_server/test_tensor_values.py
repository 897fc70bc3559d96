"""Output tensors as lists of values."""

import numpy as np
import pytest
import tensorflow as tf

from serving.local_server.tensor_values import list_values


@pytest.mark.parametrize(
    "dtype",
    [
        *(tf.bool, tf.float16, tf.bfloat16, tf.float32, tf.float64),
        *(tf.int8, tf.int16, tf.int32, tf.int64, tf.complex64, tf.complex128),
        *(tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.qint8),
    ],
)
@pytest.mark.parametrize("shape", [(), (0,), (3, 2)])
def test_tensorflow_reads_the_same_values(
    dtype: tf.DType, shape: tuple[int, ...]
) -> None:
    values = np.ones(shape, dtype.as_numpy_dtype)
    tensor = list_values(values, dtype)
    found = tf.make_ndarray(tensor)
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)
    assert bool(tensor.tensor_content) == (
        dtype == tf.qint8 and shape == (3, 2)
    )


def test_strings_are_bytes() -> None:
    tensor = list_values(np.array([[b"a\0"], [b""]], object), tf.string)
    assert list(tensor.string_val) == [b"a\0", b""]
    assert [dim.size for dim in tensor.tensor_shape.dim] == [2, 1]
