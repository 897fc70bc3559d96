"""Output tensors as lists of values, such as `float_val`.

TF Serving answers so unless `--enable_serialization_as_tensor_content` is set,
and clients that read `outputs["scores"].float_val` rely on it.
`tf.make_tensor_proto` writes `tensor_content` instead.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

_FIELDS = {
    tf.bool: "bool_val",
    tf.string: "string_val",
    tf.float32: "float_val",
    tf.float64: "double_val",
    tf.int64: "int64_val",
    tf.uint32: "uint32_val",
    tf.uint64: "uint64_val",
    tf.complex64: "scomplex_val",
    tf.complex128: "dcomplex_val",
    **dict.fromkeys([tf.float16, tf.bfloat16], "half_val"),
    **dict.fromkeys(
        [tf.int8, tf.int16, tf.int32, tf.uint8, tf.uint16], "int_val"
    ),
}
# Half floats are listed by their bits, complex numbers by their two parts.
_PARTS = {
    tf.float16: np.uint16,
    tf.bfloat16: np.uint16,
    tf.complex64: np.float32,
    tf.complex128: np.float64,
}


def list_values(
    values: npt.NDArray[Any], dtype: tf.DType
) -> tensor_pb2.TensorProto:
    """Encodes an array as a tensor with a list of values.

    Args:
        values: Array of any shape; bytes as objects.
        dtype: Dtype of the tensor.

    Returns:
        Tensor; with `tensor_content` if the dtype has no list, as quantized
        ones.
    """
    if dtype not in _FIELDS:
        return tf.make_tensor_proto(values, dtype)
    tensor = tensor_pb2.TensorProto(
        dtype=dtype.as_datatype_enum,
        tensor_shape=tf.TensorShape(values.shape).as_proto(),
    )
    flat = values.ravel()
    if dtype in _PARTS:
        flat = flat.view(_PARTS[dtype])
    getattr(tensor, _FIELDS[dtype]).extend(flat.tolist())
    return tensor
