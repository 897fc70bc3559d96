"""Checks of requests to a version whose calls TF Serving batches.

TF Serving concatenates the inputs of concurrent calls before anything compares
them with the signature, so that a call which cannot be concatenated fails all
calls of its batch (`batching/batching_util.cc`). The local server runs each
call alone; it rejects such a call, so that its sender is told before others
are hit. Wrong dtypes are rejected by `bind_signature` already.
"""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from serving.local_server.status_error import invalid_argument


def check_batchable(inputs: Mapping[str, npt.NDArray[Any]]) -> None:
    """Rejects inputs that cannot be batched with those of other calls.

    Args:
        inputs: Values of the inputs by name, any dtype, [batch, ...].

    Raises:
        StatusError: if an input is a scalar, the numbers of rows differ, or
            rows have no values; with TF Serving's message.
    """
    for values in inputs.values():
        if values.ndim == 0:
            raise invalid_argument(
                "Batching Run() input tensors must have at least one dimension"
            )
        if len(values) and not values.size:
            raise invalid_argument(
                "Got empty tensor in batch of non-empty tensors. Pad lists to "
                'one value, such as "".'
            )
    if len({len(values) for values in inputs.values()}) > 1:
        raise invalid_argument(
            "Batching Run() input tensors must have equal 0th-dimension size"
        )


def check_shapes(
    inputs: Mapping[str, npt.NDArray[Any]],
    signature: meta_graph_pb2.SignatureDef,
) -> None:
    """Rejects inputs of other shapes than those of the signature.

    TF Serving leaves them to the ops, and pads the rows of a batch out of
    bounds if their ranks differ.

    Args:
        inputs: Values of the inputs by name.
        signature: Signature of the call.

    Raises:
        StatusError: if a shape does not match the signature.
    """
    for name, values in inputs.items():
        shape = tf.TensorShape(signature.inputs[name].tensor_shape)
        if not shape.is_compatible_with(values.shape):
            raise invalid_argument(
                f"Expects {name} to have shape {shape} but {values.shape} is "
                "provided"
            )
