"""Request decoding from TF Serving's JSON, in row or column format.

    {"instances": [{"user_id": "a"}, {"user_id": "b"}]}    rows
    {"inputs": {"user_id": ["a", "b"]}}                    columns

A signature with one input needs no names: `{"instances": ["a", "b"]}`. Error
messages are those of TF Serving.
"""

import enum
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from serving.local_server.json_values import flatten
from serving.local_server.json_values import is_object
from serving.local_server.json_values import shape_of
from serving.local_server.json_values import text_of
from serving.local_server.status_error import StatusError
from serving.local_server.status_error import invalid_argument

Inputs = Mapping[str, meta_graph_pb2.TensorInfo]


class Form(enum.Enum):
    """Format of a request and its response, by the key in the request."""

    ROWS = "instances"
    COLUMNS = "inputs"


def read_signature_name(document: dict[str, Any]) -> str:
    """Returns the signature name of a request, "" if it has none.

    Args:
        document: Parsed request.

    Raises:
        StatusError: if the name is not a string.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid_argument(
            f"JSON Value: {text_of(document)} not formatted correctly. "
            "'signature_name' key must be a string value."
        )
    return name


def read_inputs(
    document: dict[str, Any], expected: Inputs
) -> tuple[dict[str, npt.NDArray[Any]], Form]:
    """Decodes the input tensors of a request.

    Args:
        document: Parsed request.
        expected: Inputs of the signature, by name.

    Returns:
        Values by input name, and the format of the request.

    Raises:
        StatusError: if the inputs do not match the signature.
    """
    given = [form for form in Form if form.value in document]
    if not given:
        raise invalid_argument("Missing 'inputs' or 'instances' key")
    if len(given) > 1:
        raise invalid_argument(
            f"JSON Value: {text_of(document)} Not formatted correctly "
            "expecting only one of 'inputs' or 'instances' keys to exist "
        )
    # A map of protobuf raises for a name that is not valid UTF-8.
    expected = dict(expected)
    (form,) = given
    if form is Form.COLUMNS:
        return _read_columns(document["inputs"], expected), form
    rows = document["instances"]
    if not isinstance(rows, list):
        raise invalid_argument(
            f"JSON Value: {text_of(document)} Expecting 'instances' to be an "
            "list/array"
        )
    if not rows:
        raise invalid_argument(
            f"JSON Value: {text_of(document)} No values in 'instances' array"
        )
    return _read_rows(rows, expected), form


def _read_rows(
    rows: list[Any], expected: Inputs
) -> dict[str, npt.NDArray[Any]]:
    named = is_object(rows[0])
    if not isinstance(rows[0], dict) and len(expected) > 1:
        raise invalid_argument(
            "instances is a plain list, but expecting list of objects as "
            "multiple input tensors required as per tensorinfo_map"
        )
    values: dict[str, list[Any]] = {name: [] for name in expected}
    shapes: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if named and not is_object(row):
            raise invalid_argument(
                f"Expecting object but got list at item {index} of input list"
            )
        if not named and is_object(row):
            raise invalid_argument(
                f"Expecting value/list but got object at item {index} of "
                "input list"
            )
        for name, value in (
            row.items() if named else [(next(iter(expected)), row)]
        ):
            key = f" key: {name}" if named else ""
            try:
                flat = _read_row_value(name, value, expected, shapes)
            except StatusError as error:
                raise invalid_argument(
                    f"Failed to process element: {index}{key} of 'instances' "
                    f"list. Error: {error.code.name}: {error.message}"
                ) from error
            values[name] += flat
        if named and set(row) != set(expected):
            raise invalid_argument(
                f"Failed to process element: {index} of 'instances' list. "
                f"JSON object: {text_of(row)} keys must be equal to: "
                f"{','.join(sorted(expected))}"
            )
    return {
        name: _array(flat, [len(rows), *shapes[name]], expected[name].dtype)
        for name, flat in values.items()
    }


def _read_row_value(
    name: str, value: Any, expected: Inputs, shapes: dict[str, list[int]]
) -> list[Any]:
    """Flattens one row of an input; all rows must have the same shape."""
    if name not in expected:
        raise invalid_argument(
            f"JSON object: does not have named input: {name}"
        )
    shape = shape_of(value)
    flat = flatten(value, shape, expected[name].dtype)
    first = shapes.setdefault(name, shape)
    if np.prod(first, dtype=int) != len(flat):
        raise invalid_argument(
            f"Expecting tensor size: {np.prod(first, dtype=int)} but got: "
            f"{len(flat)}"
        )
    if shape != first:
        raise invalid_argument(
            f"Expecting shape [{','.join(map(str, first))}] but got: "
            f"[{','.join(map(str, shape))}]"
        )
    return flat


def _read_columns(value: Any, expected: Inputs) -> dict[str, npt.NDArray[Any]]:
    if not is_object(value):
        if len(expected) > 1:
            raise invalid_argument(
                "inputs is a plain value/list, but expecting an object as "
                "multiple input tensors required as per tensorinfo_map"
            )
        value = {name: value for name in expected}
    arrays = {}
    for name, info in expected.items():
        if name not in value:
            raise invalid_argument(
                f"Missing named input: {name} in 'inputs' object."
            )
        shape = shape_of(value[name])
        flat = flatten(value[name], shape, info.dtype)
        arrays[name] = _array(flat, shape, info.dtype)
    return arrays


def _array(flat: list[Any], shape: list[int], dtype: int) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):  # Beyond the range of float32 is infinite.
        values = np.array(flat, tf.as_dtype(dtype).as_numpy_dtype)
    try:
        return values.reshape(shape)
    except ValueError as error:
        raise invalid_argument(
            f"Tensors of {len(shape)} dimensions are not supported"
        ) from error
