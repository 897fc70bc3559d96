"""Our tensors against TensorFlow's own functions."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy
from tensorflow.core.framework import tensor_pb2

from serving.client.tensors import read_tensor
from serving.client.tensors import write_tensor
from serving.client.tf_serving_pb2 import TensorProto

NUMBERS = [np.float32, np.float64, np.int32, np.int64, np.bool_]
SHAPES = of_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = st.one_of(
    *(of_numpy.arrays(dtype, SHAPES) for dtype in NUMBERS),
    of_numpy.arrays(object, SHAPES, elements=st.binary(max_size=9)),
)


def assert_same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found, wanted)


def theirs(tensor) -> tensor_pb2.TensorProto:
    return tensor_pb2.TensorProto.FromString(tensor.SerializeToString())


def ours(tensor: tensor_pb2.TensorProto):
    return TensorProto.FromString(tensor.SerializeToString())


@given(ARRAYS)
@settings(deadline=None)
def test_tensorflow_reads_written_tensors(array: np.ndarray) -> None:
    assert_same(tf.make_ndarray(theirs(write_tensor(array))), array)


@given(ARRAYS)
@settings(deadline=None)
def test_tensors_of_tensorflow_are_read(array: np.ndarray) -> None:
    assert_same(read_tensor(ours(tf.make_tensor_proto(array))), array)


@given(ARRAYS)
@settings(deadline=None)
def test_lists_of_values_are_read(array: np.ndarray) -> None:
    # As TF Serving answers, unless it is told to send `tensor_content`.
    field = {
        np.dtype(np.float32): "float_val",
        np.dtype(np.float64): "double_val",
        np.dtype(np.int32): "int_val",
        np.dtype(np.int64): "int64_val",
        np.dtype(np.bool_): "bool_val",
        np.dtype(object): "string_val",
    }[array.dtype]
    tensor = tf.make_tensor_proto(array)
    tensor.ClearField("tensor_content")
    tensor.ClearField(field)
    getattr(tensor, field).extend(array.ravel().tolist())
    assert_same(read_tensor(ours(tensor)), array)


@pytest.mark.parametrize("dtype", [*NUMBERS, bytes])
def test_a_list_that_is_too_short_goes_on_as_in_tensorflow(dtype) -> None:
    array = np.array([1]).astype(dtype)
    tensor = tf.make_tensor_proto(array, shape=[3])
    assert_same(read_tensor(ours(tensor)), tf.make_ndarray(tensor))


@pytest.mark.parametrize("dtype", NUMBERS)
def test_an_empty_list_is_zeros_as_in_tensorflow(dtype) -> None:
    tensor = tensor_pb2.TensorProto(dtype=tf.as_dtype(dtype).as_datatype_enum)
    tensor.tensor_shape.dim.add(size=3)
    assert_same(read_tensor(ours(tensor)), tf.make_ndarray(tensor))


def test_a_view_and_another_byte_order_are_written() -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4).T[::2]
    assert_same(
        tf.make_ndarray(theirs(write_tensor(array))), array.astype(np.float32)
    )


@pytest.mark.parametrize("dtype", [np.float16, np.uint8, np.complex64])
def test_another_dtype_is_refused(dtype) -> None:
    with pytest.raises(KeyError):
        write_tensor(np.zeros(2, dtype))
    with pytest.raises(KeyError):
        read_tensor(ours(tf.make_tensor_proto(np.zeros(2, dtype))))


@pytest.mark.parametrize("values", [np.zeros(2), np.array([b"a"] * 2, object)])
def test_more_values_than_the_shape_says_are_refused(values) -> None:
    tensor = write_tensor(values)
    tensor.tensor_shape.dim[0].size = 1
    with pytest.raises(ValueError, match="cannot reshape"):
        read_tensor(tensor)
