"""Binds the tensors of a request to the inputs and outputs of a signature."""

import math
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.local_server.json_values import dtype_name
from serving.local_server.status_error import invalid_argument

_MOST_UNLISTED_VALUES = 2**16


def bind_inputs(
    signature: meta_graph_pb2.SignatureDef,
    inputs: Mapping[str, tensor_pb2.TensorProto],
) -> dict[str, npt.NDArray[Any]]:
    """Validates the inputs of a request and decodes their values.

    Args:
        signature: Signature to run.
        inputs: Tensors of the request, by input name.

    Returns:
        Values by input name; strings are bytes in arrays of objects.

    Raises:
        StatusError: if a name or dtype does not match the signature, or a
            tensor is malformed.
    """
    expected = signature.inputs
    if len(inputs) != len(expected):
        raise invalid_argument(
            f"input size does not match signature: {len(inputs)}!="
            f"{len(expected)} len({_names(inputs)}) != len({_names(expected)})"
            f". Sent extra: {_names(set(inputs) - set(expected))}. "
            f"Missing but required: {_names(set(expected) - set(inputs))}.",
        )
    values = {}
    for position, name in enumerate(sorted(expected)):
        if name not in inputs:
            raise invalid_argument(
                f"Signature input alias: {name}(feed name: "
                f"{expected[name].name}) not found in request and no default "
                "value provided. Inputs expected to be in the request "
                f"{_names(inputs)}, or default input alias set: ",
            )
        values[name] = _read_tensor(
            name, position, expected[name], inputs[name]
        )
    return values


def _read_tensor(
    name: str,
    position: int,
    expected: meta_graph_pb2.TensorInfo,
    tensor: tensor_pb2.TensorProto,
) -> npt.NDArray[Any]:
    try:
        # One value may fill the whole shape, so that a few bytes could expand
        # to a huge tensor.
        values = math.prod(dim.size for dim in tensor.tensor_shape.dim)
        unlisted = values - len(tensor.string_val)
        repeated = unlisted * len(b"".join(tensor.string_val[-1:]))
        if max(values, repeated) > max(
            _MOST_UNLISTED_VALUES, tensor.ByteSize()
        ):
            raise ValueError("More values than the message lists.")
        # The parser of TF Serving; `tf.make_ndarray` accepts other shapes.
        parsed = tf.io.parse_tensor(tensor.SerializeToString(), tensor.dtype)
        value = np.asarray(parsed.numpy(), parsed.dtype.as_numpy_dtype)
    except Exception as error:  # A malformed tensor can raise any type.
        raise invalid_argument(f"tensor parsing error: {name}") from error
    if tensor.dtype != expected.dtype:
        raise invalid_argument(
            f"Expects arg[{position}] to be {dtype_name(expected.dtype)} but "
            f"{dtype_name(tensor.dtype)} is provided",
        )
    return value


def bind_outputs(
    signature: meta_graph_pb2.SignatureDef, output_filter: Iterable[str]
) -> dict[str, str]:
    """Returns the graph tensors of the requested outputs.

    Args:
        signature: Signature to run.
        output_filter: Names of the requested outputs; all outputs if empty.

    Returns:
        Tensor names in the graph, by output name.

    Raises:
        StatusError: if the signature has no such output, an output is named
            twice, or an output of the signature is not a tensor.
    """
    fetches: dict[str, str] = {}
    for name in output_filter:
        if name not in signature.outputs:
            raise invalid_argument(
                f"output tensor alias not found in signature: {name} Outputs "
                f"expected to be in the set {_names(signature.outputs)}.",
            )
        if name in fetches:
            raise invalid_argument(f"duplicate output tensor alias: {name}")
        fetches[name] = signature.outputs[name].name
    for info in signature.outputs.values():
        if not info.dtype:  # An operation without output, such as an init op.
            raise invalid_argument(
                f"Tried to fetch data for '{info.name}', which produces no "
                "output.  To run to a node but not fetch any data, pass "
                f"'{info.name}' as an argument to the 'target_node_names' "
                "argument of the Session::Run API."
            )
    return fetches or {
        name: info.name for name, info in signature.outputs.items()
    }


def _names(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"
