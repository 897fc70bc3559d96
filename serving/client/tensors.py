"""Arrays as the tensors of TF Serving's API, and back."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.client.api_protos import TensorProto

_STRING = 7
# By the number that TensorFlow gives a dtype: NumPy's, and the field in which
# values are listed one by one.
_DTYPES: dict[int, tuple[np.dtype[Any], str]] = {
    1: (np.dtype("<f4"), "float_val"),
    2: (np.dtype("<f8"), "double_val"),
    3: (np.dtype("<i4"), "int_val"),
    _STRING: (np.dtype(object), "string_val"),
    9: (np.dtype("<i8"), "int64_val"),
    10: (np.dtype(bool), "bool_val"),
}
_NUMBERS = {dtype: number for number, (dtype, _) in _DTYPES.items()}


def write_tensor(values: npt.NDArray[Any]) -> Any:
    """Makes the tensor of an array.

    Args:
        values: Of float32, float64, int32, int64, bool, or bytes as objects.

    Returns:
        A `TensorProto`.

    Raises:
        KeyError: if it is of another dtype.
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
    """Reads a tensor.

    Args:
        tensor: A `TensorProto` of one of the dtypes that `write_tensor` takes.

    Returns:
        Its values; strings are bytes as objects.

    Raises:
        KeyError: if it is of another dtype.
        ValueError: if it does not hold what its shape says.
    """
    dtype, field = _DTYPES[tensor.dtype]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        content = np.frombuffer(tensor.tensor_content, dtype)
        return content.reshape(shape).copy()
    values = list(getattr(tensor, field))
    # A list that is too short goes on with its last value; an empty one is of
    # zeros.
    last = values[-1:] or [b"" if tensor.dtype == _STRING else 0]
    values += last * (math.prod(shape) - len(values))
    return np.array(values, dtype).reshape(shape)
