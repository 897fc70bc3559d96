"""Conversion between NumPy arrays and `TensorProto`."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.client.tf_serving_pb2 import DataType
from serving.client.tf_serving_pb2 import TensorProto

_STRING = DataType.DT_STRING
# NumPy dtype and `TensorProto` value field, by TensorFlow's DataType.
_DTYPES: dict[DataType, tuple[np.dtype[Any], str]] = {
    DataType.DT_FLOAT: (np.dtype("<f4"), "float_val"),
    DataType.DT_DOUBLE: (np.dtype("<f8"), "double_val"),
    DataType.DT_INT32: (np.dtype("<i4"), "int_val"),
    _STRING: (np.dtype(object), "string_val"),
    DataType.DT_INT64: (np.dtype("<i8"), "int64_val"),
    DataType.DT_BOOL: (np.dtype(bool), "bool_val"),
}
_NUMBERS = {dtype: number for number, (dtype, _) in _DTYPES.items()}


def write_tensor(values: npt.NDArray[Any]) -> Any:
    """Encodes an array as a `TensorProto`.

    Args:
        values: Array of dtype float32, float64, int32, int64 or bool, or of
            bytes in an object array.

    Returns:
        `TensorProto` with the dtype, shape and values of the array.

    Raises:
        KeyError: if the dtype is not supported.
    """
    dtype = values.dtype.newbyteorder("<")
    tensor = TensorProto(dtype=_NUMBERS[dtype])
    for size in values.shape:
        tensor.tensor_shape.dim.add(size=size)
    if tensor.dtype == _STRING:
        tensor.string_val.extend(values.ravel())
    else:
        tensor.tensor_content = values.astype(dtype).tobytes()
    return tensor


def read_tensor(tensor: Any) -> npt.NDArray[Any]:
    """Decodes a `TensorProto` into an array.

    Args:
        tensor: `TensorProto` of a dtype that `write_tensor` supports.

    Returns:
        Array of the tensor's dtype and shape; strings are bytes in an object
        array.

    Raises:
        KeyError: if the dtype is not supported.
        ValueError: if the number of values does not match the shape.
    """
    dtype, field = _DTYPES[tensor.dtype]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        content = np.frombuffer(tensor.tensor_content, dtype)
        return content.reshape(shape).copy()
    values = list(getattr(tensor, field))
    # TensorProto: a short value list repeats its last value, an empty one means
    # zeros.
    last = values[-1:] or [b"" if tensor.dtype == _STRING else 0]
    values += last * (math.prod(shape) - len(values))
    return np.array(values, dtype).reshape(shape)
